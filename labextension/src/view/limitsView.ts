/** What a run has used of each of its limits, as bars with the same in words. */

import type { Context } from '../context';
import { el } from '../dom';
import { count, percent, seconds } from '../model/text';
import type { Totals } from '../model/timeline';
import type { Live, Trace } from '../model/trace';

export interface Limit {
  /** Which of the totals it limits. */
  kind: keyof Totals;
  name: string;
  used: number;
  most: number;
  words: string;
}

/** The limits that the run was given, with what it has used of each. */
export function limitsOf({ trans }: Context, trace: Trace, live: Live | null): Limit[] {
  const usage = live?.usage ?? trace.usage;
  const rows: [keyof Totals, string, number | null, (value: number) => string][] = [
    ['iterations', trans.__('iterations'), trace.leftOut.whole.get('iterations') ?? trace.iterations.length, count],
    ['seconds', trans.__('time'), live?.elapsed ?? trace.seconds, seconds],
    ['tokens', trans.__('tokens'), usage.promptTokens + usage.completionTokens, count],
    ['cost', trans.__('cost'), usage.cost, value => value.toFixed(4)],
    ['calls', trans.__('model calls'), usage.calls, count]
  ];
  return rows.flatMap(([kind, name, used, words]) => {
    const given = trace.settings[kind === 'calls' ? 'max_llm_calls' : `max_${kind}`];
    const most = typeof given === 'number' && given > 0 ? given : kind === 'iterations' ? live?.maxIterations : 0;
    return used !== null && most
      ? [{ kind, name, used, most, words: trans.__('%1 of %2 (%3)', words(used), words(most), percent(used / most)) }]
      : [];
  });
}

export function limitsView(context: Context, trace: Trace, live: Live | null): HTMLElement {
  return el(
    'div',
    { class: 'jp-RlmLimits' },
    ...limitsOf(context, trace, live).map(({ name, used, most, words }) =>
      el(
        'div',
        { class: 'jp-RlmLimit' },
        el('span', {}, name),
        el('meter', { value: Math.min(used, most), max: most, high: most * 0.8, 'aria-label': name }),
        el('span', { class: 'jp-RlmCard-facts' }, words)
      )
    )
  );
}
