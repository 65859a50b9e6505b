/** Which lines of a document were scanned, shown, sent: looked up by line, and drawn small. */

import type { CoveredLines, Interval } from './trace';

export type Touch = 'scanned' | 'shown' | 'sent';
export const TOUCHES: Touch[] = ['scanned', 'shown', 'sent'];

/** What was done with a line (1-based); nothing for one that was never touched. */
export function touchesOf(covered: CoveredLines | undefined, line: number): Touch[] {
  return covered ? TOUCHES.filter(touch => holds(covered[touch], line)) : [];
}

/** Whether a line is in one of the intervals, which are in order. */
export function holds(intervals: Interval[], line: number): boolean {
  let low = 0;
  let high = intervals.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = intervals[middle] as Interval;
    if (line < first) {
      high = middle - 1;
    } else if (line > last) {
      low = middle + 1;
    } else {
      return true;
    }
  }
  return false;
}

export interface Stripe {
  /** Parts of the whole, 0 to 1. */
  from: number;
  size: number;
}

/** The intervals as parts of the whole, joined where they are closer than one of `steps`; none is thinner than a step. */
export function stripes(intervals: Interval[], lines: number, steps = 400): Stripe[] {
  const made: Stripe[] = [];
  const total = Math.max(1, lines);
  const least = 1 / steps;
  for (const [first, last] of intervals) {
    const from = Math.min(Math.max((first - 1) / total, 0), 1 - least);
    const to = Math.min(Math.max(last / total, from + least), 1);
    const before = made[made.length - 1];
    if (before && from <= before.from + before.size + least / 2) {
      before.size = Math.max(before.size, to - before.from);
    } else {
      made.push({ from, size: to - from });
    }
  }
  return made;
}
