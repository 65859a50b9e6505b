/** Which lines a run has looked at: a lane for each of four states, in words, and section by section. */

import type { Context } from '../context';
import { el, svg } from '../dom';
import { TOUCHES, densities, sectionsOf, shareWithin } from '../model/coverage';
import { count, oneLine, percent } from '../model/text';
import type { CoveredLines, Trace } from '../model/trace';
import { coverageText, touchWord } from './words';

const MOST_DOCUMENTS = 8;

export function coverageView({ trans }: Context, trace: Trace): HTMLElement | null {
  if (!trace.coverage) {
    return null;
  }
  const { documents } = trace.coverage;
  const shown = documents.slice(0, MOST_DOCUMENTS);
  const legend = TOUCHES.map((touch, lane) =>
    el(
      'span',
      { class: 'jp-RlmLegend' },
      el('i', { class: `jp-RlmSwatch jp-mod-${touch}` }),
      trans.__('lane %1: %2', lane + 1, touchWord(trans, touch))
    )
  );
  return el(
    'div',
    { role: 'group', class: 'jp-RlmCoverage', 'aria-label': trans.__('Lines looked at') },
    el('div', { class: 'jp-RlmLabel' }, trans.__('Lines looked at')),
    el('div', { class: 'jp-RlmCard-facts' }, coverageText(trans, trace.coverage)),
    ...shown.map(document =>
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
    ),
    documents.length > shown.length &&
      el(
        'div',
        { class: 'jp-RlmCard-facts' },
        trans.__('and %1 more documents', count(documents.length - shown.length))
      ),
    shown.length > 0 &&
      el(
        'div',
        { class: 'jp-RlmLegends' },
        ...legend,
        el('span', { class: 'jp-RlmLegend' }, trans.__('blank: never touched; paler: fewer of the lines there'))
      ),
    ...shown.filter(document => document.lines > 0).map(document => sections(trans, trace, document))
  );
}

/** The same as a table: the share of the lines of each section. */
function sections(trans: Context['trans'], trace: Trace, document: CoveredLines): HTMLElement {
  const info = trace.documents.find(each => each.name === document.source);
  const places = (info?.places ?? [])
    .filter(([, , number]) => number === null)
    .map(([first, label]): [number, string] => [first, label]);
  const parts = sectionsOf(document.lines, places);
  const rows = parts.map(({ name, first, last }) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, oneLine(name, 60)),
      ...TOUCHES.map(touch => el('td', {}, percent(shareWithin(document[touch], first, last))))
    )
  );
  const heads = [trans.__('Lines'), ...TOUCHES.map(touch => touchWord(trans, touch))];
  return el(
    'details',
    {},
    el(
      'summary',
      { 'data-lm-suppress-shortcuts': 'true' },
      trans.__('%1, section by section', oneLine(document.source, 60))
    ),
    el(
      'div',
      { class: 'jp-RlmLedger', tabindex: '0', role: 'group', 'aria-label': oneLine(document.source, 60) },
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...heads.map(name => el('th', { scope: 'col' }, name)))),
        el('tbody', {}, ...rows)
      )
    )
  );
}

/** A document drawn small: a lane for each state, darker where more of the lines there were touched. */
export function coverageStrip(covered: CoveredLines, direction: 'across' | 'down'): SVGElement {
  const shapes = TOUCHES.flatMap((touch, lane) =>
    densities(covered[touch], covered.lines).map(({ from, size, density }) => {
      const along = { at: from * 1000, size: size * 1000 };
      const look = { class: `jp-mod-${touch}`, 'fill-opacity': (0.35 + 0.65 * density).toFixed(2) };
      return direction === 'across'
        ? svg('rect', { ...look, x: along.at, width: along.size, y: lane, height: 1 })
        : svg('rect', { ...look, y: along.at, height: along.size, x: lane, width: 1 });
    })
  );
  const lanes = TOUCHES.length;
  const box = direction === 'across' ? `0 0 1000 ${lanes}` : `0 0 ${lanes} 1000`;
  const attributes = { class: 'jp-RlmStrip', viewBox: box, preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  return svg('svg', attributes, ...shapes);
}
