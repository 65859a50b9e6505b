/** The answer card: what came out, what must be said beside it, and where it comes from. */

import type { Context } from '../context';
import { button, el, svg } from '../dom';
import { TOUCHES, stripes } from '../model/coverage';
import { clean, count, oneLine, pretty, seconds } from '../model/text';
import type { CoveredLines, Evidence, Grounding, Trace } from '../model/trace';
import { coverageText, groundingText, statusWord, touchWord, usageText } from './words';

const MOST_ITEMS = 50;
const LONGEST_VALUE = 20_000;

/** `inspect`: show a line of a document; `go`: show a row of the run. */
export function card(
  context: Context,
  trace: Trace,
  inspect: (source: string, line: number) => void,
  go: (row: string) => void
): HTMLElement {
  return el(
    'section',
    { class: 'jp-RlmCard', 'aria-label': context.trans.__('Answer') },
    el('div', { class: 'jp-RlmCard-question' }, oneLine(trace.question, 600)),
    ...trace.notices.slice(0, 20).map(notice => el('div', { class: 'jp-RlmNotice' }, oneLine(notice, 600))),
    ...answer(context, trace),
    facts(context, trace),
    sources(context, trace, inspect, go),
    coverage(context, trace)
  );
}

function answer({ trans }: Context, trace: Trace): HTMLElement[] {
  const made: HTMLElement[] = [];
  if (trace.bestGuess) {
    const words = trans.__('Best guess: a limit ended the run before the model had an answer.');
    made.push(el('div', { class: 'jp-RlmNotice' }, el('b', {}, words)));
  }
  if (trace.status === 'answered' || trace.value !== null) {
    const value = pretty(trace.value);
    const long = value.length > 80 || value.includes('\n');
    const shown = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
    made.push(el('div', { class: long ? 'jp-RlmCard-value jp-mod-long' : 'jp-RlmCard-value' }, clean(shown)));
  }
  if (trace.reason && trace.status !== 'answered') {
    const kind = trace.status === 'failed' ? 'jp-RlmNotice jp-mod-error' : 'jp-RlmNotice';
    made.push(el('div', { class: kind }, oneLine(trace.reason, 1_000)));
  }
  return made;
}

function facts({ trans }: Context, trace: Trace): HTMLElement {
  const isolation = Object.entries(trace.isolation)
    .filter(([layer, state]) => layer !== 'weak' && state !== false && state !== null && state !== '')
    .map(([layer, state]) => (typeof state === 'number' ? `${layer}(abi ${state})` : layer))
    .map(layer => oneLine(layer, 40));
  const words = [
    statusWord(trans, trace.status),
    trans._n('%1 iteration', '%1 iterations', trace.iterations.length),
    seconds(trace.seconds),
    usageText(trans, trace.usage),
    trace.model ? trans.__('model %1', oneLine(trace.model, 80)) : '',
    trace.subModel ? trans.__('sub-model %1', oneLine(trace.subModel, 80)) : '',
    trans.__('isolation: %1', isolation.join(' + ') || trans.__('none')) +
      (trace.isolation.weak === true ? ` ${trans.__('(WEAK: no operating-system layer)')}` : ''),
    trace.unchanged === false ? trans.__('THE DOCUMENT CHANGED DURING THE RUN') : ''
  ];
  return el('div', { class: 'jp-RlmCard-facts' }, words.filter(word => word !== '').join(' · '));
}

function sources(
  context: Context,
  trace: Trace,
  inspect: (source: string, line: number) => void,
  go: (row: string) => void
): HTMLElement | null {
  const rows = [
    ...trace.evidence.slice(0, MOST_ITEMS).map(item => evidenceRow(context, item, inspect)),
    ...trace.grounding
      .flatMap(item => [item, ...item.parts])
      .slice(0, MOST_ITEMS)
      .map(item => groundingRow(context, item, inspect, go))
  ];
  if (rows.length === 0) {
    return null;
  }
  const more = trace.evidence.length + trace.grounding.flatMap(item => [item, ...item.parts]).length - rows.length;
  const { trans } = context;
  return el(
    'div',
    { class: 'jp-RlmCard-evidence' },
    el('div', { class: 'jp-RlmLabel' }, trans.__('Evidence')),
    el('ul', {}, ...rows, more > 0 && el('li', {}, trans.__('and %1 more', count(more))))
  );
}

function evidenceRow({ trans }: Context, item: Evidence, inspect: (source: string, line: number) => void): HTMLElement {
  const place = trans.__('%1, line %2', oneLine(item.source, 80), count(item.line));
  const link = button(place, () => inspect(item.source, item.line), {
    class: 'jp-RlmLink',
    title: trans.__('Open the document at this line')
  });
  return item.text === null
    ? el('li', {}, place, ': ', el('b', {}, trans.__('line not found')))
    : el('li', {}, link, ': ', el('code', {}, oneLine(item.text, 300)));
}

function groundingRow(
  { trans }: Context,
  item: Grounding,
  inspect: (source: string, line: number) => void,
  go: (row: string) => void
): HTMLElement {
  const words = groundingText(trans, item);
  const row = el('li', {}, el('code', {}, oneLine(item.path ? `${item.path}: ${item.item}` : item.item, 120)), ': ');
  if (item.verdict === 'document') {
    row.append(words);
    for (const line of item.lines.slice(0, 8)) {
      row.append(
        ' ',
        button(count(line), () => inspect(item.source ?? '', line), { class: 'jp-RlmLink' })
      );
    }
    row.append(item.lines.length > 8 ? ' …' : '');
  } else if ((item.verdict === 'computed' || item.verdict === 'typed') && item.iteration !== null) {
    row.append(button(words, () => go(String(item.iteration)), { class: 'jp-RlmLink' }));
  } else {
    row.append(item.verdict === 'ungrounded' ? el('b', {}, words) : words);
  }
  if (item.steps.length > 0 && item.verdict !== 'document') {
    row.append(derivation(item));
  }
  return row;
}

/** The lines of code that a value went through. */
function derivation(item: Grounding): HTMLElement {
  const steps = item.steps
    .slice(0, 12)
    .map(step =>
      el('li', {}, `${count(step.iteration)}:${count(step.line)} `, el('code', {}, oneLine(step.code, 200)))
    );
  return el('ol', { class: 'jp-RlmCard-steps' }, ...steps);
}

function coverage({ trans }: Context, trace: Trace): HTMLElement | null {
  if (!trace.coverage) {
    return null;
  }
  const bars = trace.coverage.documents
    .slice(0, 8)
    .map(document =>
      el(
        'div',
        { class: 'jp-RlmCoverage-document' },
        el(
          'span',
          { class: 'jp-RlmCoverage-name', title: oneLine(document.source, 200) },
          oneLine(document.source, 60)
        ),
        coverageStrip(document, 'across')
      )
    );
  const legend = TOUCHES.map((touch, lane) =>
    el(
      'span',
      { class: 'jp-RlmLegend' },
      el('i', { class: `jp-RlmSwatch jp-mod-${touch}` }),
      [trans.__('top: '), trans.__('middle: '), trans.__('bottom: ')][lane] + touchWord(trans, touch)
    )
  );
  return el(
    'div',
    { class: 'jp-RlmCoverage' },
    el('div', { class: 'jp-RlmLabel' }, trans.__('Coverage')),
    el('div', { class: 'jp-RlmCard-facts' }, coverageText(trans, trace.coverage)),
    ...bars,
    bars.length > 0 && el('div', { class: 'jp-RlmLegends' }, ...legend)
  );
}

/** A document drawn small: a lane each for scanned, shown and sent; what is empty was never touched. */
export function coverageStrip(covered: CoveredLines, direction: 'across' | 'down'): SVGElement {
  const shapes = TOUCHES.flatMap((touch, lane) =>
    stripes(covered[touch], covered.lines).map(({ from, size }) => {
      const along = { at: from * 1000, size: size * 1000 };
      return direction === 'across'
        ? svg('rect', { class: `jp-mod-${touch}`, x: along.at, width: along.size, y: lane, height: 1 })
        : svg('rect', { class: `jp-mod-${touch}`, y: along.at, height: along.size, x: lane, width: 1 });
    })
  );
  const box = direction === 'across' ? '0 0 1000 3' : '0 0 3 1000';
  const attributes = { class: 'jp-RlmStrip', viewBox: box, preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  return svg('svg', attributes, ...shapes);
}
