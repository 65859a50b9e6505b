/** The run step by step: the tree of rows on one side, the selected row's details on the other, the timeline above. */

import type { Below, Context } from '../context';
import { el } from '../dom';
import type { Match } from '../model/search';
import { count, oneLine } from '../model/text';
import { kindOf } from '../model/timeline';
import { Tree, hasChildren } from '../model/tree';
import type { TreeNode } from '../model/tree';
import type { Trace } from '../model/trace';
import { VirtualList } from '../virtual';
import { details } from './details';
import { TimelineView } from './timelineView';
import { barWord, callFacts, iterationFacts, iterationTitle, wholeFileText } from './words';

const ROW_HEIGHT = 26;
let made = 0;

export class StepsView {
  readonly node: HTMLElement;

  constructor(
    private readonly _context: Context,
    private _trace: Trace,
    private readonly _inspect: (source: string, line: number, endLine: number) => void
  ) {
    const { trans } = _context;
    this._tree = new Tree(_trace);
    this._timeline = new TimelineView(_context, _trace, id => this.reveal(id));
    this._list = new VirtualList({
      rowHeight: ROW_HEIGHT,
      row: index => this._row(index),
      onResize: () => this._list.show(Math.max(0, this._tree.position)),
      class: 'jp-RlmSteps-list',
      attributes: {
        role: 'tree',
        'aria-label': trans.__('Iterations and calls'),
        title: trans.__('j/k: next and previous, Enter: unfold, /: search')
      }
    });
    this._list.node.addEventListener('keydown', event => this._key(event));
    this._list.node.addEventListener('click', event => this._click(event));
    this._details = el('div', {
      class: 'jp-RlmDetails',
      tabindex: '0',
      role: 'group',
      'aria-label': trans.__('Details'),
      'data-lm-suppress-shortcuts': 'true'
    });
    this.node = el(
      'div',
      { class: 'jp-RlmSteps' },
      this._timeline.node,
      el('div', { class: 'jp-RlmSteps-panes' }, this._list.node, this._details)
    );
    this._setHeight();
    if (_trace.live) {
      this._tree.select(String(_trace.iterations[_trace.iterations.length - 1]?.index));
    }
    this._reset();
    this._changed();
  }

  /** Select a row, unfolding what it is in. Returns whether there is such a row. */
  reveal(id: string): boolean {
    const found = this._tree.reveal(id);
    this._reset();
    this._changed();
    return found;
  }

  /** Show a later state of the same run; the newest iteration stays selected where it was. */
  update(trace: Trace): void {
    const newest = (run: Trace): string => String(run.iterations[run.iterations.length - 1]?.index);
    const followed = this._tree.selected === null || this._tree.selected.id === newest(this._trace);
    this._trace = trace;
    this._tree.replace(trace);
    this._timeline.replace(trace);
    if (followed) {
      this._tree.select(newest(trace));
    }
    this._setHeight();
    this._reset();
    this._changed();
  }

  /** Mark what a search has found. */
  mark(query: string, matches: Match[]): void {
    this._query = matches.length > 0 ? query : '';
    this._matches = new Map(matches.map(match => [match.id, match]));
    this._list.refresh();
    this._changed();
  }

  /** Say where cells can be put that go on from here; null: nowhere. */
  place(below: Below | null): void {
    const differs = (below === null) !== (this._below === null);
    this._below = below;
    if (differs) {
      this._shown = '-';
      this._showDetails(this._tree.selected);
    }
  }

  get selected(): string | null {
    return this._tree.selected?.id ?? null;
  }

  focus(): void {
    this._list.node.focus({ preventScroll: true });
  }

  dispose(): void {
    this._list.dispose();
  }

  private _setHeight(): void {
    const height = Math.min(Math.max(this._tree.rows.length * ROW_HEIGHT + 4, 300), 400);
    this.node.style.setProperty('--rlm-panes-height', `${height}px`);
  }

  private _key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const selected = this._tree.selected;
    const page = Math.max(1, Math.floor(this._list.node.clientHeight / ROW_HEIGHT) - 1);
    const moves: Record<string, number> = {
      j: 1,
      ArrowDown: 1,
      k: -1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity
    };
    const by = moves[event.key];
    if (by !== undefined) {
      this._tree.move(by);
      this._changed();
    } else if (event.key === 'Enter' && selected) {
      this._toggle(selected, !this._tree.isOpen(selected));
    } else if (event.key === 'ArrowRight' && selected) {
      this._toggle(selected, true);
    } else if (event.key === 'ArrowLeft' && selected) {
      this._toggle(this._tree.isOpen(selected) ? selected : (selected.parent ?? selected), false);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private _click(event: MouseEvent): void {
    const row = (event.target as Element).closest?.('[data-index]');
    const node = row ? this._tree.rows[Number(row.getAttribute('data-index'))] : undefined;
    if (!node) {
      return;
    }
    this._tree.select(node.id);
    if ((event.target as Element).closest('.jp-RlmRow-fold')) {
      this._toggle(node, !this._tree.isOpen(node));
    } else {
      this._changed();
    }
  }

  private _toggle(node: TreeNode, open: boolean): void {
    this._tree.toggle(node, open);
    this._reset();
    this._changed();
  }

  private _reset(): void {
    const { length } = this._tree.rows;
    this.node.style.setProperty('--rlm-rows-height', `${length * ROW_HEIGHT + 4}px`);
    this._list.reset(length);
  }

  private _changed(): void {
    const { selected, position } = this._tree;
    this._list.refresh();
    if (position >= 0) {
      this._list.show(position);
      this._list.node.setAttribute('aria-activedescendant', this._rowId(selected as TreeNode));
    }
    const owner = selected?.type === 'call' ? (selected.parent?.parent ?? null) : (selected?.parent ?? null);
    this._timeline.show(owner, selected);
    this._showDetails(selected);
  }

  private _showDetails(node: TreeNode | null): void {
    const shown = node ? `${node.id}\n${this._query}\n${this._trace.live ? contentKey(node) : ''}` : '';
    if (shown === this._shown) {
      return;
    }
    const same = this._shown.split('\n', 2).join() === shown.split('\n', 2).join();
    const { scrollTop, scrollHeight, clientHeight } = this._details;
    this._shown = shown;
    if (!node) {
      this._details.replaceChildren(this._context.trans.__('The run has no iterations.'));
      return;
    }
    this._details.replaceChildren(
      details(node, {
        context: this._context,
        trace: this._trace,
        query: this._query,
        below: () => this._below,
        inspect: this._inspect,
        go: row => this.reveal(row)
      })
    );
    // What streams is read at its end; what somebody has scrolled to stays.
    const atEnd = scrollTop + clientHeight >= scrollHeight - 4;
    this._details.scrollTop = !same ? 0 : atEnd ? this._details.scrollHeight : scrollTop;
    if (this._query) {
      const mark = this._details.querySelector('mark');
      // Not scrollIntoView: that would move the notebook as well.
      this._details.scrollTop = mark ? Math.max(0, mark.offsetTop - this._details.clientHeight / 3) : 0;
    }
  }

  private _row(index: number): HTMLElement {
    const node = this._tree.rows[index] as TreeNode;
    const { trans } = this._context;
    const open = this._tree.isOpen(node);
    const foldable = hasChildren(node);
    const selected = node.id === this._tree.selected?.id;
    const kind = node.type === 'iteration' ? 'code' : kindOf(node.call.kind);
    const [word, title, facts, failed] =
      node.type === 'iteration'
        ? [
            trans.__('Iteration %1', node.iteration.index),
            iterationTitle(trans, node.iteration),
            iterationFacts(trans, node.iteration),
            node.iteration.error !== null
          ]
        : [barWord(trans, kind), oneLine(node.call.prompt, 200), callFacts(trans, node.call), node.call.error !== null];
    const found = this._matches.get(node.id);
    const gap = node.type === 'iteration' && node.level === 0 ? this._gapBefore(node.iteration.index) : 0;
    if (gap > 0) {
      const file = wholeFileText(trans, this._trace);
      facts.push(trans.__('%1 iterations before it are not in this saved copy', count(gap)) + (file && `.${file}`));
    }
    return el(
      'div',
      {
        class: `jp-RlmRow${selected ? ' jp-mod-selected' : ''}${failed ? ' jp-mod-failed' : ''}`,
        id: this._rowId(node),
        'data-index': index,
        role: 'treeitem',
        'aria-level': node.level + 1,
        'aria-selected': String(selected),
        'aria-expanded': foldable ? String(open) : null,
        // Deeper than a few levels the indentation would leave no room for the text; the level is said instead.
        style: `padding-left: ${4 + Math.min(node.level, 12) * 14}px`
      },
      el('span', { class: 'jp-RlmRow-fold', 'aria-hidden': 'true' }, foldable ? (open ? '▾' : '▸') : ''),
      el('i', { class: `jp-RlmSwatch jp-mod-${kind}` }),
      el('span', { class: 'jp-RlmRow-kind' }, node.level > 12 ? `${word} (${node.level})` : word),
      el('span', { class: 'jp-RlmRow-facts' }, facts.join(' · ')),
      found &&
        el(
          'span',
          { class: 'jp-RlmRow-found', title: found.fields.join(', ') },
          found.fields.map(each => this._field(each)).join(' ')
        ),
      el('span', { class: 'jp-RlmRow-title' }, title)
    );
  }

  /** How many iterations a saved copy lacks before the one with this number. */
  private _gapBefore(index: number): number {
    const { iterations, leftOut } = this._trace;
    if (!leftOut.whole.has('iterations')) {
      return 0;
    }
    const at = iterations.findIndex(turn => turn.index === index);
    return index - (iterations[at - 1]?.index ?? 0) - 1;
  }

  private _field(name: string): string {
    const { trans } = this._context;
    const words: Record<string, string> = {
      reply: trans.__('reply'),
      reasoning: trans.__('reasoning'),
      code: trans.__('code'),
      output: trans.__('output'),
      error: trans.__('error'),
      notes: trans.__('notes'),
      prompt: trans.__('prompt'),
      name: trans.__('name')
    };
    return words[name] ?? name;
  }

  private _rowId(node: TreeNode): string {
    return `rlm-row-${this._number}-${node.id}`;
  }

  private readonly _tree: Tree;
  private readonly _timeline: TimelineView;
  private readonly _list: VirtualList;
  private readonly _details: HTMLElement;
  private readonly _number = ++made;
  private _below: Below | null = null;
  private _query = '';
  private _matches = new Map<string, Match>();
  private _shown = '-';
}

/** What changes with a row of a run in progress. */
function contentKey(node: TreeNode): string {
  if (node.type === 'call') {
    return `${node.call.response?.length ?? 0} ${node.call.error ?? ''}`;
  }
  const { reply, reasoning, code, output, calls, seconds, error, notes } = node.iteration;
  return [
    reply.length,
    reasoning.length,
    code?.length,
    output.length,
    calls.length,
    seconds,
    !error,
    notes.length
  ].join(' ');
}
