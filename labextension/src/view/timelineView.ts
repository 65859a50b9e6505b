/** Draws a timeline: width is time, the row (with its label) is the kind, colour repeats it. */

import type { Context } from '../context';
import { el } from '../dom';
import { count, seconds } from '../model/text';
import { layOut, ticks } from '../model/timeline';
import type { Bar, Group } from '../model/timeline';
import type { TreeNode } from '../model/tree';
import type { Trace } from '../model/trace';
import { barWord } from './words';

const LANE = 16;
const THIN_LANE = 7;

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
    const { duration, groups, estimated } = layOut(this._trace, owner);
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
      )
    );
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
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 100_000) / 1000 : 0;
}
