/** The documents of a run, each with its coverage and a way into the inspector. */

import type { Context } from '../context';
import { button, el } from '../dom';
import { count, oneLine } from '../model/text';
import type { Trace } from '../model/trace';
import { coverageStrip } from './coverageView';
import { documentText } from './words';

const MOST_DOCUMENTS = 200;

export function documentsView(
  { trans }: Context,
  trace: Trace,
  inspect: (source: string, line: number) => void
): HTMLElement {
  const rows = trace.documents.slice(0, MOST_DOCUMENTS).map(info => {
    const covered = trace.coverage?.documents.find(each => each.source === info.name);
    const origin = [info.encoding, info.format, info.converter].filter(word => word !== '').join(', ');
    return el(
      'li',
      {},
      button(oneLine(info.name, 120), () => inspect(info.name, 1), { class: 'jp-RlmLink' }),
      ` ${documentText(trans, info)}${origin ? ` (${oneLine(origin, 120)})` : ''}`,
      el('div', { class: 'jp-RlmCard-facts' }, oneLine(info.source, 300)),
      el('div', { class: 'jp-RlmCard-facts' }, 'SHA-256 ', el('code', {}, oneLine(info.sha256, 64))),
      covered && coverageStrip(covered, 'across')
    );
  });
  const more = trace.documents.length - rows.length;
  return el(
    'ul',
    { class: 'jp-RlmDocuments' },
    ...rows,
    rows.length === 0 && el('li', {}, trans.__('The trace names no document.')),
    more > 0 && el('li', {}, trans.__('and %1 more', count(more)))
  );
}
