/** The words for what a trace holds, in the reader's language. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { count, oneLine, percent, seconds } from '../model/text';
import type { BarKind } from '../model/timeline';
import type { Touch } from '../model/coverage';
import type { Call, Coverage, DocumentInfo, Grounding, Iteration, Problem, Span, Usage } from '../model/trace';
import { SCHEMA } from '../model/trace';

type Trans = TranslationBundle;

export function statusWord(trans: Trans, status: string): string {
  switch (status) {
    case 'running':
      return trans.__('running');
    case 'answered':
      return trans.__('answered');
    case 'exhausted':
      return trans.__('a limit was reached');
    case 'stopped':
      return trans.__('stopped');
    case 'failed':
      return trans.__('failed');
    case 'disputed':
      return trans.__('disputed');
    case 'uncertain':
      return trans.__('not certain enough');
    default:
      return oneLine(status, 40) || trans.__('unknown');
  }
}

export function barWord(trans: Trans, kind: BarKind): string {
  switch (kind) {
    case 'model':
      return trans.__('model');
    case 'code':
      return trans.__('code');
    case 'llm':
      return trans.__('sub-call');
    case 'run':
      return trans.__('sub-run');
    case 'tool':
      return trans.__('tool');
  }
}

export function touchWord(trans: Trans, touch: Touch): string {
  switch (touch) {
    case 'scanned':
      return trans.__('returned to code');
    case 'shown':
      return trans.__('shown to the model');
    case 'sent':
      return trans.__('sent to a sub-model');
  }
}

export function problemSentence(trans: Trans, problem: Problem): string {
  return problem.kind === 'schema'
    ? trans.__(
        'This trace has the schema “%1”, and this version of the extension reads “%2”: update rlm-kernel to see it.',
        oneLine(problem.found, 60),
        SCHEMA
      )
    : trans.__('This output is no trace that can be shown: it does not have the form of “%1”.', SCHEMA);
}

export function coverageText(trans: Trans, coverage: Coverage): string {
  const shares = [
    ...(coverage.searched === null ? [] : [trans.__('searched %1', percent(coverage.searched))]),
    trans.__('returned to code %1', percent(coverage.scanned)),
    trans.__('shown to the model %1', percent(coverage.shown)),
    trans.__('sent to a sub-model %1', percent(coverage.sent)),
    trans.__('never touched %1', percent(coverage.untouched))
  ];
  const names = coverage.inherited.slice(0, 5).join(', ') + (coverage.inherited.length > 5 ? ' …' : '');
  const rests = names && trans.__('; rests on variables of earlier questions: %1', oneLine(names, 200));
  return shares.join(', ') + (coverage.exact ? '' : ` ${trans.__('(approximately)')}`) + rests;
}

/** The verdict in the words of `rlm_kernel/trace/words.py`, where the tests hold them to be the same. */
export function verdictWords(trans: Trans, verdict: string): string {
  switch (verdict) {
    case 'document':
      return trans.__('quoted from the document');
    case 'computed':
      return trans.__('computed');
    case 'sub-model':
      return trans.__('said by a sub-model');
    case 'typed':
      return trans.__('typed by the model, but shown');
    case 'ungrounded':
      return trans.__('FOUND NOWHERE');
    case 'absent':
      return trans.__('absent');
    case 'prose':
      return trans.__('prose, checked only as far as its names and figures');
    default:
      return oneLine(verdict, 40);
  }
}

/** The verdict with its place, but for the lines of a document, which are links. */
export function groundingText(trans: Trans, item: Grounding): string {
  const words = verdictWords(trans, item.verdict);
  switch (item.verdict) {
    case 'document':
      return trans.__('%1 %2 at line', words, oneLine(item.source ?? '', 80));
    case 'computed':
      return item.iteration === null ? words : trans.__('%1 by iteration %2', words, item.iteration);
    case 'typed':
      return item.iteration === null
        ? trans.__('%1 by the question', words)
        : trans.__('%1 by the output of iteration %2', words, item.iteration);
    case 'sub-model':
      return item.call === null ? words : trans.__('%1 in call %2', words, item.call);
    case 'absent':
      return item.searches.length > 0
        ? trans.__(
            '%1 after %2 that found nothing: %3',
            words,
            trans._n('%1 search', '%1 searches', item.searches.length),
            oneLine(item.searches.slice(0, 5).join(', '), 300)
          )
        : trans.__('%1: no search for it is recorded', words);
    default:
      return words;
  }
}

export function usageText(trans: Trans, usage: Usage): string {
  const about = usage.estimated ? trans.__('about ') : '';
  const words = [
    trans._n('%1 call', '%1 calls', usage.calls),
    trans.__('%1%2 tokens in, %3 out', about, count(usage.promptTokens), count(usage.completionTokens))
  ];
  if (usage.cost !== null) {
    words.push(trans.__('cost %1', usage.cost.toFixed(4)));
  }
  return words.join(', ');
}

export function spanText(trans: Trans, span: Span): string {
  return span.start === span.end
    ? trans.__('%1, line %2', oneLine(span.source, 80), count(span.start))
    : trans.__('%1, lines %2 to %3', oneLine(span.source, 80), count(span.start), count(span.end));
}

export function documentText(trans: Trans, info: DocumentInfo): string {
  return trans.__('%1 characters, %2 lines', count(info.chars), count(info.lines));
}

export function iterationTitle(trans: Trans, turn: Iteration): string {
  const prose = turn.reply.slice(0, 4_000).split('```', 1)[0] as string;
  return (
    oneLine(prose, 200) || oneLine((turn.code ?? '').trim().split('\n', 1)[0] as string, 200) || trans.__('no code')
  );
}

export function iterationFacts(trans: Trans, turn: Iteration): string[] {
  return [
    seconds(turn.seconds),
    turn.error ? trans.__('error: %1', oneLine(turn.error.type, 40)) : '',
    turn.lostState ? trans.__('sandbox restarted') : '',
    turn.calls.length > 0 ? trans._n('%1 sub-call', '%1 sub-calls', turn.calls.length) : '',
    turn.repairs.length > 0 ? trans._n('%1 repair', '%1 repairs', turn.repairs.length) : '',
    turn.cached ? trans.__('from the cache') : ''
  ].filter(fact => fact !== '');
}

export function callFacts(trans: Trans, call: Call): string[] {
  return [
    seconds(call.seconds),
    call.error !== null ? trans.__('error') : '',
    call.cached ? trans.__('from the cache') : '',
    oneLine(call.name || call.model, 40)
  ].filter(fact => fact !== '');
}
