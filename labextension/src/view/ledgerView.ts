/** The ledger as a table: what each model has cost on each level, then the sums. */

import type { Context } from '../context';
import { el } from '../dom';
import { ledger } from '../model/ledger';
import { count, oneLine, seconds } from '../model/text';
import type { Trace, Usage, UsagePart } from '../model/trace';

export function ledgerView({ trans }: Context, trace: Trace): HTMLElement {
  const { parts, byModel, byLevel, total, computed } = ledger(trace);
  const columns = [
    trans.__('Model'),
    trans.__('Level'),
    trans.__('Calls'),
    trans.__('Retries'),
    trans.__('Tokens in'),
    trans.__('of them cached'),
    trans.__('Tokens out'),
    trans.__('Cost'),
    trans.__('Seconds')
  ];
  const row = (model: string, level: string, usage: Usage, kind = ''): HTMLElement =>
    el(
      'tr',
      { class: kind },
      el('th', { scope: 'row' }, model),
      ...[level, ...figures(usage)].map(text => el('td', {}, text))
    );
  const level = (part: UsagePart): string => (part.depth < 0 ? trans.__('all') : levelWord(part.depth));
  const levelWord = (depth: number): string => (depth === 0 ? trans.__('0 (root)') : count(depth));
  const body = parts.map(part => row(oneLine(part.model, 80) || trans.__('(no model)'), level(part), part));
  const sums = [
    ...(byModel.length > 1
      ? byModel.map(part => row(trans.__('Sum of %1', oneLine(part.model, 80)), level(part), part))
      : []),
    ...(byLevel.length > 1 ? byLevel.map(part => row(trans.__('Sum of level'), level(part), part)) : []),
    row(trans.__('Total'), '', total, 'jp-mod-total')
  ];
  return el(
    'div',
    { class: 'jp-RlmLedger', tabindex: '0', role: 'group', 'aria-label': trans.__('Ledger') },
    el(
      'table',
      {},
      el('thead', {}, el('tr', {}, ...columns.map(name => el('th', { scope: 'col' }, name)))),
      el('tbody', {}, ...body),
      el('tfoot', {}, ...sums)
    ),
    total.estimated && el('p', {}, trans.__('Some of the counts are estimates: the endpoint did not say.')),
    computed && el('p', {}, trans.__('The trace holds no sums by model and level; these were added up from its rows.'))
  );
}

function figures(usage: Usage): string[] {
  return [
    count(usage.calls),
    count(usage.retries),
    count(usage.promptTokens),
    count(usage.cachedTokens),
    count(usage.completionTokens),
    usage.cost === null ? '–' : usage.cost.toFixed(4),
    seconds(usage.seconds)
  ];
}
