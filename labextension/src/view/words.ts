/** The words for what a trace holds, in the reader's language. */

import type { TranslationBundle } from '@jupyterlab/translation';

import { count, oneLine, percent, seconds } from '../model/text';
import type { BarKind } from '../model/timeline';
import type { Touch } from '../model/coverage';
import { everyNode } from '../model/tree';
import type { Call, Coverage, DocumentInfo, Grounding, Iteration, Problem, Span, Trace, Usage } from '../model/trace';
import { SCHEMA } from '../model/trace';
import { BANNER, COVERAGE, VERDICTS } from '../model/wordTable';

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
  return trans.__(COVERAGE.find(([kind]) => kind === touch)?.[1] ?? touch);
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
  const shares = COVERAGE.filter(([kind]) => coverage[kind as Touch] !== null).map(
    ([kind, words]) => `${trans.__(words)} ${percent(coverage[kind as Touch] ?? 0)}`
  );
  const names = coverage.inherited.slice(0, 5).join(', ') + (coverage.inherited.length > 5 ? ' …' : '');
  const rests = names && trans.__('; rests on variables of earlier questions: %1', oneLine(names, 200));
  return shares.join(', ') + (coverage.exact ? '' : ` ${trans.__('(approximately)')}`) + rests;
}

/** The verdict in the words of `rlm_kernel/trace/words.py`, of which `wordTable.ts` is made. */
export function verdictWords(trans: Trans, verdict: string): string {
  const row = VERDICTS.find(([name]) => name === verdict);
  return row ? trans.__(row[2]) : oneLine(verdict, 40);
}

/** The mark of a verdict, which says without colour what the colour says. */
export function verdictSign(verdict: string): string {
  return VERDICTS.find(([name]) => name === verdict)?.[1] ?? '?';
}

/** All verdicts of an answer in one line, the worst first: that of `grounding_sum` of the Python package. */
export function bannerText(trans: Trans, items: Grounding[]): string {
  const rows = items.flatMap(item => [item, ...item.parts]);
  const counts = BANNER.map(([verdict, words]) => ({
    verdict,
    words: trans.__(words),
    count: rows.filter(row => row.verdict === verdict).length
  }));
  const prose = counts.find(each => each.verdict === 'prose');
  const checked = counts.filter(each => each.verdict !== 'prose' && each.count > 0);
  const all = checked.reduce((sum, each) => sum + each.count, 0);
  const parts = checked.map(each => `${count(each.count)} ${each.words}`);
  const [worst] = checked;
  if (worst) {
    const size = trans._n('%1 item', '%1 items', all).replace(String(all), count(all));
    parts[0] =
      worst.verdict === 'ungrounded'
        ? trans.__('%1 of %2 %3', count(worst.count), size, worst.words)
        : `${size}: ${parts[0]}`;
  }
  return [...parts, ...(prose && prose.count > 0 ? [prose.words] : [])].join(' · ');
}

/** What a saved copy of a trace leaves out, in numbers; empty where it is whole. */
export function leftOutText(trans: Trans, trace: Trace): string {
  const kept = new Map<string, number>([
    ['iterations', trace.iterations.length],
    ['sub-calls', [...everyNode(trace)].filter(node => node.type === 'call').length],
    ['grounding', trace.grounding.length],
    ['evidence', trace.evidence.length],
    ['documents', trace.documents.length]
  ]);
  const words: Record<string, string> = {
    iterations: trans.__('iterations'),
    'sub-calls': trans.__('sub-calls'),
    grounding: trans.__('grounding items'),
    evidence: trans.__('evidence lines'),
    documents: trans.__('documents')
  };
  return [...trace.leftOut.whole]
    .filter(([name, whole]) => whole > (kept.get(name) ?? whole))
    .map(([name, whole]) => trans.__('%1 of %2 %3', count(whole - (kept.get(name) ?? 0)), count(whole), words[name]))
    .join(', ');
}

/** Which file has what a saved copy leaves out; empty where none was written. */
export function wholeFileText(trans: Trans, { leftOut }: Trace): string {
  return leftOut.file === '' ? '' : ` ${trans.__('All of it is in the file %1.', oneLine(leftOut.file, 300))}`;
}

/** The verdict with its place, but for the lines of a document, which are links. */
export function groundingText(trans: Trans, item: Grounding): string {
  const words = `${verdictSign(item.verdict)} ${verdictWords(trans, item.verdict)}`;
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
    trans._n('%1 call', '%1 calls', usage.calls) +
      (usage.retries > 0 ? ` ${trans._n('and %1 retry', 'and %1 retries', usage.retries)}` : ''),
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
    turn.modelUsage.retries > 0 ? trans._n('%1 retry', '%1 retries', turn.modelUsage.retries) : '',
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
