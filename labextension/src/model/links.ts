/**
 * Deep links: `#rlm-iteration-3` means the third iteration of the first trace on the page, `#rlm-1a2b3c4d-iteration-3`
 * that of one trace; `3.11.2` in place of `3` is a row further down its tree (see `tree`).
 */

import type { Trace } from './trace';

export interface Target {
  /** Which trace; null for the first one. */
  key: string | null;
  row: string;
}

const PATTERN = /^#?rlm-(?:([0-9a-f]{8})-)?iteration-(\d+(?:\.\d+)*)$/;

/** Read the fragment of an address; null where it is none of ours. */
export function parseLink(fragment: string): Target | null {
  const found = PATTERN.exec(fragment);
  return found ? { key: found[1] ?? null, row: found[2] as string } : null;
}

/** The fragment that leads to a row of a trace. */
export function linkTo(trace: Trace, row: string): string {
  return `#rlm-${keyOf(trace)}-iteration-${row}`;
}

/** A short name of a trace: the same whenever it is shown. FNV-1a over what tells runs apart. */
export function keyOf(trace: Trace): string {
  let hash = 0x811c9dc5;
  for (const character of [trace.started, trace.model, trace.question, trace.seconds].join('\n')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}

/** Something that shows a trace and can be led to a row. */
export interface Linked {
  readonly key: string;
  /** Whether it can be seen; of several that show the same trace the first visible one is led. */
  readonly visible: boolean;
  reveal(row: string): boolean;
}

/** Knows all views of the page, and remembers a link that no view can follow yet. */
export class Links {
  add(view: Linked): void {
    this._views.add(view);
    if (this._pending && this._lead(view, this._pending)) {
      this._pending = null;
    }
  }

  remove(view: Linked): void {
    this._views.delete(view);
  }

  /** Follow a fragment. Returns whether it is one of ours. */
  follow(fragment: string): boolean {
    const target = parseLink(fragment);
    if (!target) {
      return false;
    }
    const views = [...this._views];
    const inOrder = [...views.filter(view => view.visible), ...views.filter(view => !view.visible)];
    this._pending = inOrder.some(view => this._lead(view, target)) ? null : target;
    return true;
  }

  private _lead(view: Linked, target: Target): boolean {
    return (target.key === null || target.key === view.key) && view.reveal(target.row);
  }

  private readonly _views = new Set<Linked>();
  private _pending: Target | null = null;
}
