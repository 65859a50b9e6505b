/** Draws a timeline: width is time, the row (with its label) is the kind, colour repeats it. */

import type { Context } from '../context';
import { el, svg } from '../dom';
import { count, percent, seconds } from '../model/text';
import { layOut, ticks } from '../model/timeline';
import type { Bar, Group, Turn } from '../model/timeline';
import type { TreeNode } from '../model/tree';
import type { Trace } from '../model/trace';
import { limitsOf } from './limitsView';
import type { Limit } from './limitsView';
import { barWord } from './words';

const LANE = 16;
const THIN_LANE = 7;
const MOST_ROWS = 1_000;

export class TimelineView {
  readonly node = el('div', { class: 'jp-RlmTimeline' });

  /** `select`: called with the id of the row whose bar was clicked. */
  constructor(
    private readonly _context: Context,
    private _trace: Trace,
    select: (id: string) => void
  ) {
    this.node.addEventListener('click', event => {
      const id = (event.target as Element).closest?.('[data-row]')?.getAttribute('data-row');
      if (id) {
        select(id);
      }
    });
  }

  /** Take a later state of the same run; it is drawn with the next `show`. */
  replace(trace: Trace): void {
    this._trace = trace;
    this._owner = null;
  }

  /** Show the run that `owner` (a call) began, null for the root run, and mark the bars of the row `selected`. */
  show(owner: TreeNode | null, selected: TreeNode | null): void {
    if (this._owner !== owner?.id) {
      this._owner = owner?.id;
      this._draw(owner);
    }
    for (const bar of this.node.querySelectorAll('.jp-RlmBar.jp-mod-selected')) {
      bar.classList.remove('jp-mod-selected');
    }
    if (selected) {
      for (const bar of this.node.querySelectorAll(`[data-row="${CSS.escape(selected.id)}"]`)) {
        bar.classList.add('jp-mod-selected');
      }
    }
  }

  private _draw(owner: TreeNode | null): void {
    const { trans } = this._context;
    const { duration, groups, turns, estimated } = layOut(this._trace, owner);
    const words = [
      owner ? trans.__('Sub-run of row %1', owner.id) : trans.__('Timeline'),
      trans.__('width is time: %1 in all', seconds(duration)),
      estimated ? trans.__('no times were kept, so one thing is drawn after the other') : ''
    ];
    const marks = ticks(duration).map(at =>
      el('span', { class: 'jp-RlmTimeline-tick', style: `left: ${share(at, duration)}%` }, seconds(at))
    );
    this.node.replaceChildren(
      el('div', { class: 'jp-RlmLabel' }, words.filter(word => word !== '').join(' · ')),
      ...groups.map(group => this._group(group, duration)),
      el(
        'div',
        { class: 'jp-RlmTimeline-row', 'aria-hidden': 'true' },
        el('span', { class: 'jp-RlmTimeline-kind' }),
        el('div', { class: 'jp-RlmTimeline-axis' }, ...marks)
      ),
      ...this._spending(turns, duration, owner === null)
    );
  }

  /** What each iteration has cost, and for the root run the running total against each limit; then the same in words. */
  private _spending(turns: Turn[], duration: number, isRoot: boolean): HTMLElement[] {
    const { trans } = this._context;
    const { live } = this._trace;
    const tokens = (turn: Turn): number => turn.usage.promptTokens + turn.usage.completionTokens;
    const bars = (word: string, of: (turn: Turn) => number, words: (value: number) => string): HTMLElement | null => {
      const most = turns.reduce((largest, turn) => Math.max(largest, of(turn)), 0);
      const text = trans.__('%1: %2 at most in one iteration', word, words(most));
      const shapes = turns.map(turn =>
        rect(turn.start, turn.end, duration, of(turn) / most, {
          'data-row': turn.id,
          title: `${trans.__('Iteration %1', turn.index)}: ${words(of(turn))}`
        })
      );
      return most > 0 ? picture(word, text, shapes) : null;
    };
    const each = [
      bars(trans.__('tokens'), tokens, count),
      bars(
        trans.__('cost'),
        turn => turn.usage.cost ?? 0,
        value => value.toFixed(4)
      )
    ].filter(row => row !== null);
    // The head of a run in progress has the limits already.
    const limits = isRoot && !live && turns.length > 0 ? limitsOf(this._context, this._trace, null) : [];
    const totals = limits.map(limit => {
      const { name, kind, used, most, words } = limit;
      // One shape, since a run may have a thousand iterations: up at the end of each, then on to the end of the next.
      const steps = turns.map(turn => {
        const height = 16 - Math.min((turn.total[kind] ?? 0) / most, 1) * 16;
        return `H${share(turn.end, duration) * 10}V${height.toFixed(2)}`;
      });
      const shape = svg('path', {
        d: `M0 16${steps.join('')}H1000V16Z`,
        class: used > most * 0.8 ? 'jp-mod-high' : ''
      });
      return picture(`${name} ${percent(used / most)}`, `${name}: ${words}`, [shape]);
    });
    return [
      ...(each.length > 0
        ? [
            el('div', { class: 'jp-RlmCard-facts' }, trans.__('What each iteration has used; the tallest is the most')),
            ...each
          ]
        : []),
      ...(totals.length > 0
        ? [el('div', { class: 'jp-RlmCard-facts' }, trans.__('Running total; the full height is the limit')), ...totals]
        : []),
      ...(turns.length > 0 ? [this._inWords(turns, limits, isRoot)] : [])
    ];
  }

  private _inWords(turns: Turn[], limits: Limit[], isRoot: boolean): HTMLElement {
    const { trans } = this._context;
    const body = el('div');
    const fill = (): void => {
      if (node.open && !body.firstChild) {
        body.append(...this._table(turns, limits, isRoot));
      }
      this._isOpen = node.open;
    };
    const node = el(
      'details',
      { class: 'jp-RlmSpending', open: this._isOpen, on: { toggle: fill } },
      el('summary', { 'data-lm-suppress-shortcuts': 'true' }, trans.__('Tokens, cost and seconds of each iteration')),
      body
    );
    fill();
    return node;
  }

  private _table(turns: Turn[], limits: Limit[], isRoot: boolean): HTMLElement[] {
    const { trans } = this._context;
    const { leftOut, usage, seconds: whole } = this._trace;
    const cost = (value: number | null): string => (value === null ? '–' : value.toFixed(4));
    const columns = [
      trans.__('Iteration'),
      trans.__('Seconds'),
      trans.__('Tokens in'),
      trans.__('Tokens out'),
      trans.__('Cost'),
      trans.__('Calls'),
      ...limits.map(({ name }) => trans.__('%1 so far, of the limit', name))
    ];
    const row = (name: string, texts: string[], kind = ''): HTMLElement =>
      el('tr', { class: kind }, el('th', { scope: 'row' }, name), ...texts.map(text => el('td', {}, text)));
    const rows = turns.slice(0, MOST_ROWS).map(turn =>
      row(count(turn.index), [
        seconds(turn.end - turn.start),
        count(turn.usage.promptTokens),
        count(turn.usage.completionTokens),
        cost(turn.usage.cost),
        count(turn.usage.calls),
        ...limits.map(({ kind, most }) => {
          const total = turn.total[kind];
          return total === null ? '–' : percent(total / most);
        })
      ])
    );
    const sum = [
      seconds(whole),
      count(usage.promptTokens),
      count(usage.completionTokens),
      cost(usage.cost),
      count(usage.calls),
      ...limits.map(({ words }) => words)
    ];
    const more = turns.length - rows.length;
    const hasGap = isRoot && leftOut.whole.has('iterations');
    return [
      el(
        'div',
        {
          class: 'jp-RlmLedger',
          tabindex: '0',
          role: 'group',
          'aria-label': trans.__('Tokens, cost and seconds of each iteration'),
          'data-lm-suppress-shortcuts': 'true'
        },
        el(
          'table',
          {},
          el('thead', {}, el('tr', {}, ...columns.map(name => el('th', { scope: 'col' }, name)))),
          el('tbody', {}, ...rows),
          isRoot && el('tfoot', {}, row(trans.__('Whole run'), sum, 'jp-mod-total'))
        )
      ),
      ...(more > 0 ? [el('div', {}, trans.__('and %1 more', count(more)))] : []),
      ...(hasGap
        ? [
            el(
              'div',
              {},
              trans.__('Iterations that are not in this saved copy are missing in what is summed up so far.')
            )
          ]
        : [])
    ];
  }

  private _group({ kind, lanes, bars }: Group, duration: number): HTMLElement {
    const { trans } = this._context;
    const height = lanes > 3 ? THIN_LANE : LANE;
    const word = barWord(trans, kind);
    const number = bars.reduce((sum, bar) => sum + bar.joined, 0);
    const track = el('div', {
      class: 'jp-RlmTimeline-track',
      role: 'img',
      'aria-label': trans.__('%1: %2 bars', word, number),
      style: `height: ${lanes * height}px`
    });
    track.append(...bars.map(bar => this._bar(bar, duration, height, word)));
    return el(
      'div',
      { class: 'jp-RlmTimeline-row' },
      el(
        'span',
        { class: 'jp-RlmTimeline-kind' },
        el('i', { class: `jp-RlmSwatch jp-mod-${kind}` }),
        `${word} ×${count(number)}`
      ),
      track
    );
  }

  private _bar(bar: Bar, duration: number, height: number, word: string): HTMLElement {
    const { trans } = this._context;
    const left = share(bar.start, duration);
    const width = share(bar.end - bar.start, duration);
    const label = bar.failed ? `${bar.id} ✗` : bar.id;
    const title = [
      `${word} ${bar.id}`,
      seconds(bar.end - bar.start),
      bar.failed ? trans.__('failed') : '',
      bar.joined > 1 ? trans.__('%1 drawn as one', bar.joined) : ''
    ];
    return el(
      'div',
      {
        class: `jp-RlmBar jp-mod-${bar.kind}${bar.failed ? ' jp-mod-failed' : ''}`,
        'data-row': bar.id,
        title: title.filter(each => each !== '').join(' · '),
        style: `left: ${left}%; width: ${width}%; top: ${bar.lane * height}px; height: ${height - 1}px`
      },
      height >= LANE && width > 1.5 + label.length && el('span', { class: 'jp-RlmBar-label' }, label)
    );
  }

  private _owner: string | undefined | null = null;
  private _isOpen = false;
}

/** A row of the timeline with shapes in it; `text` says what they show. */
function picture(name: string, text: string, shapes: SVGElement[]): HTMLElement {
  const box = { viewBox: '0 0 1000 16', preserveAspectRatio: 'none', role: 'img', 'aria-label': text };
  return el(
    'div',
    { class: 'jp-RlmTimeline-row' },
    el('span', { class: 'jp-RlmTimeline-kind', title: text }, name),
    svg('svg', { class: 'jp-RlmTimeline-spent', ...box }, ...shapes)
  );
}

/** A bar from one time to another whose height is a share of the row's. */
function rect(from: number, to: number, duration: number, part: number, more: Record<string, string>): SVGElement {
  const { title = '', ...others } = more;
  const height = Math.min(Math.max(part, 0), 1) * 16;
  const shape = svg('rect', {
    x: share(from, duration) * 10,
    y: 16 - height,
    width: Math.max(share(to - from, duration) * 10, 1),
    height,
    ...others
  });
  if (title !== '') {
    const words = svg('title', {});
    words.textContent = title;
    shape.append(words);
  }
  return shape;
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 100_000) / 1000 : 0;
}
