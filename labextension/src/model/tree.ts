/**
 * The run tree as rows: iterations, their calls, the iterations of the sub-runs those began, to any depth.
 *
 * A row exists only while its parent is unfolded. Its id is the way to it: `3` the third iteration, `3.11` the call with
 * the id 11 in it, `3.11.2` the second iteration of the run that this call began.
 */

import { subRun } from './trace';
import type { Call, Iteration, Trace } from './trace';

interface Base {
  id: string;
  /** How far it is indented: 0 for the root run's iterations. */
  level: number;
  parent: TreeNode | null;
  /** The run that the row is part of. */
  run: Trace;
}

export interface IterationNode extends Base {
  type: 'iteration';
  iteration: Iteration;
}

export interface CallNode extends Base {
  type: 'call';
  call: Call;
}

export type TreeNode = IterationNode | CallNode;

/** The rows directly below `parent`; those of the root run where it is null. */
export function childrenOf(trace: Trace, parent: TreeNode | null): TreeNode[] {
  const level = parent ? parent.level + 1 : 0;
  const unique = uniquely(parent ? `${parent.id}.` : '');
  if (parent?.type === 'iteration') {
    return parent.iteration.calls.map(call => ({
      type: 'call',
      call,
      id: unique(call.id),
      level,
      parent,
      run: parent.run
    }));
  }
  const run = parent ? subRun(parent.call) : trace;
  return (run?.iterations ?? []).map(iteration => ({
    type: 'iteration',
    iteration,
    id: unique(iteration.index),
    level,
    parent,
    run: run as Trace
  }));
}

/** Whether anything can be unfolded below a row. */
export function hasChildren(node: TreeNode): boolean {
  return node.type === 'iteration' ? node.iteration.calls.length > 0 : (subRun(node.call)?.iterations.length ?? 0) > 0;
}

/** Every row of the whole tree, parents first; without recursion, since the depth is not ours. */
export function* everyNode(trace: Trace): Generator<TreeNode> {
  const stack = childrenOf(trace, null).reverse();
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node;
    stack.push(...childrenOf(trace, node).reverse());
  }
}

/** The tree with what is unfolded and what is selected. */
export class Tree {
  constructor(trace: Trace) {
    this._trace = trace;
    this._selected = this.rows[0]?.id ?? null;
  }

  get trace(): Trace {
    return this._trace;
  }

  /** Take a later state of the same run: what is unfolded and selected stays. */
  replace(trace: Trace): void {
    this._trace = trace;
    this._rows = null;
    if (this.position < 0) {
      this._selected = this.rows[0]?.id ?? null;
    }
  }

  /** The rows that are visible, in order. */
  get rows(): TreeNode[] {
    this._rows ??= this._flatten();
    return this._rows;
  }

  /** The selected row's position, -1 where there is none. */
  get position(): number {
    return this.rows.findIndex(row => row.id === this._selected);
  }

  get selected(): TreeNode | null {
    return this.rows[this.position] ?? null;
  }

  isOpen(node: TreeNode): boolean {
    return this._open.has(node.id);
  }

  /** Select the row that is `by` rows further down (or up), staying within the rows. */
  move(by: number): void {
    const to = Math.min(Math.max(this.position + by, 0), this.rows.length - 1);
    this._selected = this.rows[to]?.id ?? null;
  }

  select(id: string): void {
    if (this.rows.some(row => row.id === id)) {
      this._selected = id;
    }
  }

  /** Unfold a row or fold it; folding away the selection selects the row. */
  toggle(node: TreeNode, open = !this.isOpen(node)): void {
    if (open && hasChildren(node)) {
      this._open.add(node.id);
    } else {
      this._open.delete(node.id);
      if (this._selected?.startsWith(`${node.id}.`)) {
        this._selected = node.id;
      }
    }
    this._rows = null;
  }

  /** Unfold everything above the row with this id and select it. Returns whether there is such a row. */
  reveal(id: string): boolean {
    const parts = id.split('.');
    const way: TreeNode[] = [];
    for (let length = 1; length <= parts.length; length++) {
      const wanted = parts.slice(0, length).join('.');
      const node = childrenOf(this.trace, way[way.length - 1] ?? null).find(child => child.id === wanted);
      if (!node) {
        return false;
      }
      way.push(node);
    }
    for (const above of way.slice(0, -1)) {
      this._open.add(above.id);
    }
    this._rows = null;
    this._selected = id;
    return true;
  }

  private _flatten(): TreeNode[] {
    const rows: TreeNode[] = [];
    const stack = childrenOf(this.trace, null).reverse();
    for (let node = stack.pop(); node; node = stack.pop()) {
      rows.push(node);
      if (this._open.has(node.id)) {
        stack.push(...childrenOf(this.trace, node).reverse());
      }
    }
    return rows;
  }

  private _trace: Trace;
  private readonly _open = new Set<string>();
  private _rows: TreeNode[] | null = null;
  private _selected: string | null;
}

// A trace that was made by hand may use a number twice; an id may not be.
function uniquely(prefix: string): (index: number) => string {
  const taken = new Set<string>();
  return index => {
    let id = `${prefix}${index}`;
    while (taken.has(id)) {
      id += '~';
    }
    taken.add(id);
    return id;
  };
}
