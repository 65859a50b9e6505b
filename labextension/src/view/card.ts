/** The answer card: what came out, what must be said beside it, and where it comes from. */

import type { Context } from '../context';
import { button, el } from '../dom';
import { separated, valueText } from '../model/answer';
import { count, oneLine, seconds } from '../model/text';
import { isRecord, placeOf } from '../model/trace';
import type { Evidence, Grounding, Trace } from '../model/trace';
import { MOST_LISTED, evidenceName, groundingName } from '../model/audit';
import { AnswerView } from './answerView';
import type { AuditView } from './auditView';
import { coverageView } from './coverageView';
import { bannerText, groundingText, leftOutText, statusWord, usageText, wholeFileText } from './words';

// What an isolation report says beside its layers.
const ABOUT_ALL = ['weak', 'packages', 'host'];
const LAYERS = ['restricted-python', 'empty-environment', 'rlimits', 'no-new-privs', 'landlock', 'seccomp'];

export interface CardOptions {
  context: Context;
  trace: Trace;
  /** The auditor's pass over it. */
  audit: AuditView;
  /** Show a line of a document. */
  inspect: (source: string, line: number, endLine: number) => void;
  /** Show a row of the run. */
  go: (row: string) => void;
}

export function card(options: CardOptions): HTMLElement {
  const { context, trace } = options;
  const { trans } = context;
  const answer = hasAnswer(trace) ? new AnswerView(options) : null;
  const copy = leftOutText(trans, trace);
  return el(
    'div',
    { role: 'group', class: 'jp-RlmCard', 'aria-label': trans.__('Answer') },
    el('div', { class: 'jp-RlmCard-question' }, oneLine(trace.question, 600)),
    ...trace.notices.slice(0, 20).map(notice => el('div', { class: 'jp-RlmNotice' }, oneLine(notice, 600))),
    ...saidFirst(options),
    answer?.node,
    banner(options),
    facts(options),
    copy !== '' &&
      el(
        'div',
        { class: 'jp-RlmNotice jp-RlmLeftOut' },
        trans.__(
          'This saved copy is shortened. Not in it: %1. The whole trace is answer.trace, or the file of --save-trace.',
          copy
        ),
        wholeFileText(trans, trace)
      ),
    grounding(options, answer),
    evidence(options),
    options.audit.node,
    coverageView(context, trace)
  );
}

function hasAnswer(trace: Trace): boolean {
  return trace.status === 'answered' || valueText(trace.value) !== 'None';
}

/** Whatever makes it less than an answer. */
function saidFirst({ context: { trans }, trace }: CardOptions): HTMLElement[] {
  const parts: HTMLElement[] = [];
  if (trace.bestGuess) {
    parts.push(
      el(
        'div',
        { class: 'jp-RlmNotice jp-mod-error' },
        el('b', {}, trans.__('Best guess, not an answer:')),
        ` ${oneLine(trace.reason, 600)}`
      )
    );
  } else if (trace.status !== 'answered' && trace.status !== 'running') {
    const word = statusWord(trans, trace.status);
    const words = `${word.charAt(0).toUpperCase()}${word.slice(1)}:`;
    const reason = oneLine(trace.reason, 1_000) || trans.__('no answer');
    parts.push(el('div', { class: 'jp-RlmNotice jp-mod-error' }, el('b', {}, words), ` ${reason}`));
  }
  if (trace.unchanged === false) {
    const words = trans.__('The documents were changed');
    parts.push(
      el('div', { class: 'jp-RlmNotice jp-mod-error' }, el('b', {}, words), ` ${trans.__('while the run read them.')}`)
    );
  }
  return parts;
}

/** How much of the answer comes from where, in one line. */
function banner({ context: { trans }, trace }: CardOptions): HTMLElement | null {
  const words = bannerText(trans, trace.grounding);
  const doubtful = trace.grounding.some(item => [item, ...item.parts].some(isDoubtful));
  return words === '' ? null : el('div', { class: `jp-RlmBanner${doubtful ? ' jp-mod-doubt' : ''}` }, words);
}

function isDoubtful(item: Grounding): boolean {
  return item.verdict === 'ungrounded';
}

function facts({ context: { trans }, trace }: CardOptions): HTMLElement {
  const rank = (layer: string): number => (LAYERS.indexOf(layer) + LAYERS.length + 1) % (LAYERS.length + 1);
  // A saved notebook has the layers in the order of the alphabet.
  const isolation = Object.entries(trace.isolation)
    .filter(([layer, state]) => !ABOUT_ALL.includes(layer) && state !== false && state !== null && state !== '')
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([layer, state]) => (typeof state === 'number' ? `${layer}(abi ${state})` : layer))
    .map(layer => oneLine(layer, 40));
  const place = trace.isolation.host;
  const host = isRecord(place) && typeof place.address === 'string' ? place.address : '';
  const iterations = trace.leftOut.whole.get('iterations') ?? trace.iterations.length;
  const words = [
    statusWord(trans, trace.status),
    trans._n('%1 iteration', '%1 iterations', iterations),
    seconds(trace.seconds),
    usageText(trans, trace.usage),
    trace.model ? trans.__('model %1', oneLine(trace.model, 80)) : '',
    trace.subModel ? trans.__('sub-model %1', oneLine(trace.subModel, 80)) : '',
    trans.__('isolation: %1', isolation.join(' + ') || trans.__('none')) +
      (trace.isolation.weak === true ? ` ${trans.__('(WEAK: no operating-system layer)')}` : '') +
      (host === '' ? '' : trans.__(', as the sub-kernel host %1 reports', oneLine(host, 80)))
  ];
  return el('div', { class: 'jp-RlmCard-facts' }, words.filter(word => word !== '').join(' · '));
}

/** Each value of the answer with its parts, and where it comes from; what was found nowhere comes first. */
function grounding(options: CardOptions, answer: AnswerView | null): HTMLElement | null {
  const { context, trace } = options;
  const { trans } = context;
  const ordered = [...trace.grounding].sort((a, b) => Number(isDoubtful(b)) - Number(isDoubtful(a)));
  const all = ordered.flatMap(item => [
    { item, isPart: false },
    ...item.parts.map(part => ({ item: part, isPart: true }))
  ]);
  if (all.length === 0) {
    return null;
  }
  const rows = all.slice(0, MOST_LISTED).map(({ item, isPart }) => groundingRow(options, item, isPart, answer));
  const more = all.length - rows.length;
  return el(
    'div',
    { role: 'group', class: 'jp-RlmCard-grounding', 'aria-label': trans.__('Grounding') },
    el('div', { class: 'jp-RlmLabel' }, trans.__('Grounding')),
    el('ul', {}, ...rows, more > 0 && el('li', {}, trans.__('and %1 more', count(more))))
  );
}

function groundingRow(options: CardOptions, item: Grounding, isPart: boolean, answer: AnswerView | null): HTMLElement {
  const { context, inspect } = options;
  const { trans } = context;
  const words = groundingText(trans, item);
  const shown = item.kind === 'number' ? separated(item.item) : item.item;
  const name = oneLine(item.path ? `${item.path}: ${shown}` : shown, 120);
  const row = el('li', { class: `jp-mod-${item.verdict}` }, isPart && '· ', el('code', {}, name), ' ');
  row.append(
    answer && item.verdict !== 'prose'
      ? button(words, () => answer.open(item), {
          class: `jp-RlmLink${isDoubtful(item) ? ' jp-mod-doubt' : ''}`,
          title: trans.__('Show where it comes from')
        })
      : words
  );
  if (item.verdict === 'document') {
    for (const line of item.lines.slice(0, 8)) {
      row.append(
        ' ',
        button(count(line), () => inspect(item.source ?? '', line, line), { class: 'jp-RlmLink' }),
        place(options.trace, item.source, line)
      );
    }
    row.append(item.lines.length > 8 ? ' …' : '');
  }
  row.append(options.audit.row(groundingName(item), name));
  return row;
}

function evidence(options: CardOptions): HTMLElement | null {
  const { context, trace } = options;
  const { trans } = context;
  const rows = trace.evidence.slice(0, MOST_LISTED).map(item => evidenceRow(options, item));
  const more = trace.evidence.length - rows.length;
  return rows.length === 0
    ? null
    : el(
        'div',
        { role: 'group', class: 'jp-RlmCard-evidence', 'aria-label': trans.__('Evidence') },
        el(
          'div',
          { class: 'jp-RlmLabel' },
          trans.__('Evidence'),
          el(
            'span',
            { class: 'jp-RlmCard-facts' },
            ` ${trans.__('lines that the model named, as the document has them')}`
          )
        ),
        el('ul', {}, ...rows, more > 0 && el('li', {}, trans.__('and %1 more', count(more))))
      );
}

/** Where a line stands in the file that the user has, such as ` (page 47)`; empty where the line says all. */
function place(trace: Trace, source: string | null, line: number): string {
  const info = trace.documents.find(each => each.name === source);
  const where = placeOf(info, line);
  return where && ` (${oneLine(where, 80)})`;
}

function evidenceRow({ context: { trans }, trace, audit, inspect }: CardOptions, item: Evidence): HTMLElement {
  const words = trans.__('%1, line %2', oneLine(item.source, 80), count(item.line));
  const where = place(trace, item.source, item.line);
  const shown =
    item.text === null
      ? [words, where, ': ', el('b', {}, trans.__('✗ line not found'))]
      : [
          button(words, () => inspect(item.source, item.line, item.line), {
            class: 'jp-RlmLink',
            title: trans.__('Open the document at this line')
          }),
          where,
          ': ',
          el('code', {}, oneLine(item.text, 300))
        ];
  return el('li', {}, ...shown, audit.now(item), audit.row(evidenceName(item), words));
}
