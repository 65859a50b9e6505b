/**
 * A list of rows of one height of which only those in sight exist, for thousands of steps and millions of lines.
 *
 * Beyond what browsers can make of one element's height the scroll range is compressed: a pixel of the scrollbar then
 * stands for more than a pixel of the list.
 */

import { el } from './dom';

const TALLEST = 8_000_000;
const OVERSCAN = 6;

export interface VirtualOptions {
  rowHeight: number;
  /** Make the row at a position (from 0). Called for rows in sight only. */
  row: (index: number) => HTMLElement;
  class?: string;
  attributes?: Record<string, string>;
  onScroll?: () => void;
  onResize?: () => void;
}

export class VirtualList {
  readonly node: HTMLElement;

  constructor(private readonly _options: VirtualOptions) {
    this._sizer = el('div', { class: 'jp-RlmVirtual-sizer' });
    this.node = el(
      'div',
      {
        class: `jp-RlmVirtual ${_options.class ?? ''}`,
        tabindex: '0',
        'data-lm-suppress-shortcuts': 'true',
        ...(_options.attributes ?? {}),
        on: { scroll: () => this._schedule() }
      },
      this._sizer
    );
    this._observer = new ResizeObserver(() => {
      this._options.onResize?.();
      this._schedule();
    });
    this._observer.observe(this.node);
  }

  get length(): number {
    return this._length;
  }

  /** The part of the list that is in sight, 0 to 1 from its top. */
  get window(): { from: number; size: number } {
    const total = Math.max(1, this._length * this._options.rowHeight);
    return { from: this._top / total, size: Math.min(1, this.node.clientHeight / total) };
  }

  /** Show `length` rows; those that exist are made anew. */
  reset(length: number): void {
    this._length = length;
    this._sizer.style.height = `${Math.min(length * this._options.rowHeight, TALLEST)}px`;
    this.refresh();
  }

  /** Make the rows in sight anew. */
  refresh(): void {
    this._drawn = '';
    this._draw();
  }

  /** Scroll as little as is needed to have a row in sight, or have it in the middle. */
  show(index: number, centre = false): void {
    const { rowHeight } = this._options;
    const height = this.node.clientHeight;
    const at = index * rowHeight;
    const top = this._top;
    if (centre || height < rowHeight) {
      this._scrollTo(at - (height - rowHeight) / 2);
    } else if (at < top) {
      this._scrollTo(at);
    } else if (at + rowHeight > top + height) {
      this._scrollTo(at + rowHeight - height);
    }
    this._draw();
  }

  /** Scroll so that `part` (0 to 1) of the list is in the middle. */
  showPart(part: number): void {
    this.show(Math.min(Math.floor(part * this._length), Math.max(0, this._length - 1)), true);
  }

  dispose(): void {
    this._observer.disconnect();
    cancelAnimationFrame(this._frame);
  }

  // Pixels from the list's true top; the scroll position may be a compressed one.
  private get _top(): number {
    return this.node.scrollTop * this._ratio;
  }

  private get _ratio(): number {
    const height = this.node.clientHeight;
    const whole = this._length * this._options.rowHeight;
    return whole <= TALLEST ? 1 : Math.max(1, (whole - height) / (TALLEST - height));
  }

  private _scrollTo(top: number): void {
    this.node.scrollTop = Math.max(0, top) / this._ratio;
  }

  private _schedule(): void {
    cancelAnimationFrame(this._frame);
    this._frame = requestAnimationFrame(() => {
      this._draw();
      this._options.onScroll?.();
    });
  }

  private _draw(): void {
    const { rowHeight, row } = this._options;
    const height = this.node.clientHeight;
    if (height === 0) {
      return;
    }
    const top = this._top;
    const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
    const last = Math.min(this._length, Math.ceil((top + height) / rowHeight) + OVERSCAN);
    // In a compressed list rows move against the scroll position, so their places change with it.
    const shift = this.node.scrollTop - top;
    const drawn = `${first} ${last} ${Math.round(shift)}`;
    if (drawn === this._drawn) {
      return;
    }
    this._drawn = drawn;
    const rows: HTMLElement[] = [];
    for (let index = first; index < last; index++) {
      const made = row(index);
      made.style.top = `${index * rowHeight + shift}px`;
      made.style.height = `${rowHeight}px`;
      rows.push(made);
    }
    this._sizer.replaceChildren(...rows);
  }

  private readonly _sizer: HTMLElement;
  private readonly _observer: ResizeObserver;
  private _length = 0;
  private _frame = 0;
  private _drawn = '';
}
