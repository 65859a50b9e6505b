/** Two runs beside each other: what differs in their verdicts and in the code of each iteration. */

import type { Value } from './answer';
import type { Grounding, Trace } from './trace';

/** `-`: only the first has the line, `+`: only the second, a space: both, `…`: lines of both are passed over. */
export type DiffLine = ['-' | '+' | ' ' | '…', string];

const AROUND = 2;
const LARGEST = 1_000_000;

/** The lines that differ, with those beside them. */
export function difference(before: string, after: string): DiffLine[] {
  const old = linesOf(before);
  const now = linesOf(after);
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) {
    head++;
  }
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) {
    tail++;
  }
  const all: DiffLine[] = [
    ...old.slice(0, head).map((line): DiffLine => [' ', line]),
    ...changes(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...old.slice(old.length - tail).map((line): DiffLine => [' ', line])
  ];
  const isNear = (at: number): boolean =>
    all.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(([sign]) => sign !== ' ');
  const shown: DiffLine[] = [];
  all.forEach((line, at) => {
    if (isNear(at)) {
      shown.push(line);
    } else if (shown.length > 0 && shown[shown.length - 1]?.[0] !== '…') {
      shown.push(['…', '']);
    }
  });
  return shown[shown.length - 1]?.[0] === '…' ? shown.slice(0, -1) : shown;
}

/** By the longest common subsequence; what is too large for that went and came as a whole. */
function changes(old: string[], now: string[]): DiffLine[] {
  const width = now.length + 1;
  if (old.length * now.length > LARGEST) {
    return [...old.map((line): DiffLine => ['-', line]), ...now.map((line): DiffLine => ['+', line])];
  }
  const longest = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      longest[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      found.push([' ', old[i++] ?? '']);
      j++;
    } else if (i < old.length && (j === now.length || at(i + 1, j) >= at(i, j + 1))) {
      found.push(['-', old[i++] ?? '']);
    } else {
      found.push(['+', now[j++] ?? '']);
    }
  }
  return found;
}

function linesOf(code: string): string[] {
  const lines = code.split(/\r\n|\r|\n/);
  return lines[lines.length - 1] === '' ? lines.slice(0, -1) : lines;
}

/** The iterations whose code differs, by their number. */
export function codeDifferences(first: Trace, second: Trace): [number, DiffLine[]][] {
  const codes = (trace: Trace): Map<number, string> =>
    new Map(trace.iterations.map(turn => [turn.index, turn.code ?? '']));
  const [before, after] = [codes(first), codes(second)];
  const all = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  return all
    .map((index): [number, string, string] => [index, before.get(index) ?? '', after.get(index) ?? ''])
    .filter(([, old, now]) => old !== now)
    .map(([index, old, now]) => [index, difference(old, now)]);
}

/** Whether two values are the same: numbers by their value, dicts by their keys in whatever order. */
export function sameValue(one: Value, other: Value): boolean {
  if (one.kind === 'list' && other.kind === 'list') {
    const theirs = other.items;
    return one.items.length === theirs.length && one.items.every((item, at) => isSame(item, theirs[at]));
  }
  if (one.kind === 'dict' && other.kind === 'dict') {
    const theirs = new Map(other.pairs);
    return one.pairs.length === theirs.size && one.pairs.every(([name, value]) => isSame(value, theirs.get(name)));
  }
  if (one.kind === 'number' && other.kind === 'number') {
    return (
      one.text === other.text || (!isLong(one.text) && !isLong(other.text) && Number(one.text) === Number(other.text))
    );
  }
  return one.kind === other.kind && 'text' in one && 'text' in other && one.text === other.text;
}

function isSame(one: Value, other: Value | undefined): boolean {
  return other !== undefined && sameValue(one, other);
}

/** Whether a number may have more digits than a number of JavaScript's holds. */
function isLong(text: string): boolean {
  return text.replace(/\D/g, '').length > 15;
}

/** The items of both answers: (name, of the first run, of the second), null where an answer has none of that name. */
export function itemsOfBoth(first: Trace, second: Trace): [string, Grounding | null, Grounding | null][] {
  const items = (trace: Trace): Map<string, Grounding> => {
    const found = new Map<string, Grounding>();
    for (const item of trace.grounding.flatMap(each => [each, ...each.parts])) {
      const name = item.path ? `${item.path}: ${item.item}` : item.item;
      // What stands there twice is compared with what stands there twice.
      let number = 1;
      while (found.has(number === 1 ? name : `${name} (${number})`)) {
        number++;
      }
      found.set(number === 1 ? name : `${name} (${number})`, item);
    }
    return found;
  };
  const [before, after] = [items(first), items(second)];
  return [...new Set([...before.keys(), ...after.keys()])].map(name => [
    name,
    before.get(name) ?? null,
    after.get(name) ?? null
  ]);
}
