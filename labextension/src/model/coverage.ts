/** Which lines of a document were searched, scanned, shown, sent: looked up by line, and drawn small. */

import type { CoveredLines, Interval } from './trace';

export type Touch = 'searched' | 'scanned' | 'shown' | 'sent';
export const TOUCHES: Touch[] = ['searched', 'scanned', 'shown', 'sent'];

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

export interface Cell {
  /** The part of the cell's lines that was touched, 0 to 1. */
  density: number;
  from: number;
  size: number;
}

/** A document in so many equal parts, each with the share of its lines that lie in the intervals; empty parts left out. */
export function densities(intervals: Interval[], lines: number, cells = 120): Cell[] {
  const total = Math.max(1, lines);
  const number = Math.min(cells, total);
  const touched = new Array<number>(number).fill(0);
  for (const [first, last] of intervals) {
    const begin = Math.max(0, first - 1);
    const end = Math.min(total, last);
    for (let cell = Math.floor((begin * number) / total); cell < number && (cell * total) / number < end; cell++) {
      const overlap = Math.min(end, ((cell + 1) * total) / number) - Math.max(begin, (cell * total) / number);
      touched[cell] = (touched[cell] ?? 0) + Math.max(0, overlap);
    }
  }
  return touched
    .map((sum, cell) => ({ density: Math.min(1, (sum * number) / total), from: cell / number, size: 1 / number }))
    .filter(cell => cell.density > 0);
}

/** The share of the lines `first` to `last` that lies in the intervals. */
export function shareWithin(intervals: Interval[], first: number, last: number): number {
  const sum = intervals.reduce(
    (all, [from, to]) => all + Math.max(0, Math.min(to, last) - Math.max(from, first) + 1),
    0
  );
  return sum / Math.max(1, last - first + 1);
}

export interface Section {
  name: string;
  first: number;
  last: number;
}

/** The parts of a document by name: its pages, sheets or slides where it has some (at most 40), else tenths of it. */
export function sectionsOf(lines: number, places: [number, string][]): Section[] {
  const named = places.filter(([, label], at) => label !== '' && label !== places[at - 1]?.[1]);
  if (named.length > 1 && named.length <= 40) {
    return named.map(([first, name], at) => ({ name, first, last: (named[at + 1]?.[0] ?? lines + 1) - 1 }));
  }
  const number = Math.min(10, Math.max(1, lines));
  return Array.from({ length: number }, (_, at) => {
    const first = Math.floor((at * lines) / number) + 1;
    const last = Math.floor(((at + 1) * lines) / number);
    return { name: first === last ? `${first}` : `${first}–${last}`, first, last };
  });
}
