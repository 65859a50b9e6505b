/** A run beside the one that it is a fork of, in the words of `rlm_kernel/render/side_by_side.py`. */

import type { Context } from '../context';
import { el } from '../dom';
import { valueText } from '../model/answer';
import { codeDifferences, itemsOfBoth, sameValue } from '../model/compare';
import { clean, cleanCode, count, oneLine, seconds } from '../model/text';
import type { Grounding, Trace } from '../model/trace';
import { bannerText, groundingText, statusWord, usageText, verdictSign, verdictWords } from './words';

const LONGEST_VALUE = 2_000;
const MOST_ITEMS = 100;
const MOST_ITERATIONS = 200;
const LONGEST_CODE = 8_000;

export function compareView(trans: Context['trans'], parent: Trace, fork: Trace): HTMLElement {
  const both = [parent, fork] as const;
  const iterations = (trace: Trace): number => trace.leftOut.whole.get('iterations') ?? trace.iterations.length;
  const row = (name: string, of: (trace: Trace) => string): string[] => [name, ...both.map(of)];
  const cut = (text: string, most: number): string =>
    text.length <= most
      ? text
      : `${text.slice(0, most)}\n[… ${trans.__('%1 more characters', count(text.length - most))} …]`;
  const facts = [
    row(trans.__('question'), trace => oneLine(trace.question, 300)),
    row(trans.__('value'), trace => clean(cut(valueText(trace.value), LONGEST_VALUE))),
    row(trans.__('status'), trace => statusWord(trans, trace.status)),
    row(trans.__('verdicts'), trace => bannerText(trans, trace.grounding) || trans.__('none')),
    row(trans.__('model'), trace => oneLine(trace.model, 80)),
    row(trans.__('iterations'), trace => count(iterations(trace))),
    row(trans.__('cost'), trace => usageText(trans, trace.usage)),
    row(trans.__('time'), trace => seconds(trace.seconds))
  ];
  const words = (item: Grounding | null): string =>
    item === null
      ? trans.__('not in the answer')
      : item.verdict === 'document'
        ? trans._n('%2 line %3', '%2 lines %3', item.lines.length, quotedText(trans, item), linesText(item.lines))
        : groundingText(trans, item);
  const verdicts = itemsOfBoth(parent, fork)
    .map(([name, ours, theirs]) => [oneLine(name, 120), words(ours), words(theirs)])
    .filter(([, ours, theirs]) => ours !== theirs);
  const code = codeDifferences(parent, fork);
  const hasValues = both.some(trace => !(trace.value.kind === 'word' && trace.value.text === 'None'));
  const isSame = sameValue(parent.value, fork.value);
  const isShort = both.some(trace => trace.elided.length > 0);
  const columns = [trans.__('Parent'), trans.__('This run')];
  return el(
    'div',
    { class: 'jp-RlmCompare' },
    el(
      'b',
      {},
      !hasValues
        ? trans.__('Neither run has a value.')
        : isSame
          ? trans.__('Both runs have the same value.')
          : trans.__('The values differ.')
    ),
    isShort &&
      el(
        'div',
        { class: 'jp-RlmNotice' },
        trans.__('Compared are the shortened copies of this notebook; answer.compare(other) compares all of both.')
      ),
    table([trans.__('Run'), ...columns], facts),
    verdicts.length > 0 && el('div', { class: 'jp-RlmLabel' }, trans.__('Verdicts that differ')),
    verdicts.length > 0 && table([trans.__('In the answer'), ...columns], verdicts.slice(0, MOST_ITEMS)),
    verdicts.length > MOST_ITEMS && el('div', {}, trans.__('and %1 more', count(verdicts.length - MOST_ITEMS))),
    el(
      'div',
      { class: 'jp-RlmLabel' },
      code.length > 0 ? trans.__('Code that differs: - the parent’s, + this run’s') : trans.__('The code is the same.')
    ),
    ...code.slice(0, MOST_ITERATIONS).map(([index, lines]) => {
      const text = lines.map(([sign, line]) => `${sign} ${line}`).join('\n');
      const pre = el('pre', { tabindex: '0', role: 'group', 'aria-label': trans.__('Code') });
      for (const line of cleanCode(cut(text, LONGEST_CODE)).split('\n')) {
        const kind = line.startsWith('+ ') ? 'jp-mod-added' : line.startsWith('- ') ? 'jp-mod-removed' : '';
        pre.append(el('span', { class: kind }, line), '\n');
      }
      return el(
        'details',
        { open: code.length <= 3 },
        el('summary', { 'data-lm-suppress-shortcuts': 'true' }, trans.__('Iteration %1', index)),
        pre
      );
    }),
    code.length > MOST_ITERATIONS && el('div', {}, trans.__('and %1 more', count(code.length - MOST_ITERATIONS)))
  );
}

function quotedText(trans: Context['trans'], item: Grounding): string {
  return `${verdictSign(item.verdict)} ${verdictWords(trans, item.verdict)} ${oneLine(item.source ?? '', 80)}`;
}

function linesText(lines: number[]): string {
  return lines.slice(0, 8).join(', ') + (lines.length > 8 ? ' …' : '');
}

function table(columns: string[], rows: string[][]): HTMLElement {
  return el(
    'table',
    { class: 'jp-RlmAnswer-table' },
    el('thead', {}, el('tr', {}, ...columns.map(name => el('th', { scope: 'col' }, name)))),
    el(
      'tbody',
      {},
      ...rows.map(([name = '', ...texts]) =>
        el('tr', {}, el('th', { scope: 'row' }, name), ...texts.map(text => el('td', {}, text)))
      )
    )
  );
}
