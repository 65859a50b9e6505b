/**
 * An answer's value with its order and its types, and which verdict each part of it has.
 *
 * A notebook is saved with sorted keys, and JavaScript knows one kind of number and moves keys that look like numbers to
 * the front: the view model has the value in an ordered form as well (see `rlm_kernel/trace/ordered.py`).
 */

import type { Grounding, Json } from './trace';

export type Value =
  | { kind: 'text'; text: string }
  /** As Python writes it, without separators. */
  | { kind: 'number'; text: string }
  /** `True`, `False` or `None`. */
  | { kind: 'word'; text: string }
  | { kind: 'list'; items: Value[] }
  | { kind: 'dict'; pairs: [string, Value][] };

const DEEPEST = 100;

/** The value of plain JSON data. */
export function plainValue(data: Json, depth = 0): Value {
  if (Array.isArray(data) && depth < DEEPEST) {
    return { kind: 'list', items: data.map(item => plainValue(item, depth + 1)) };
  }
  if (typeof data === 'object' && data !== null && depth < DEEPEST) {
    return {
      kind: 'dict',
      pairs: Object.entries(data).map(([key, item]) => [key, plainValue(item, depth + 1)])
    };
  }
  return scalar(data);
}

/** The value of data in the ordered form; null for what is none. */
export function orderedValue(data: Json, depth = 0): Value | null {
  if (depth > DEEPEST) {
    return null;
  }
  if (Array.isArray(data)) {
    const items = data.map(item => orderedValue(item, depth + 1));
    return items.includes(null) ? null : { kind: 'list', items: items as Value[] };
  }
  if (typeof data !== 'object' || data === null) {
    return scalar(data);
  }
  const { pairs, number } = data as { pairs?: Json; number?: Json };
  if (typeof number === 'string') {
    return /^-?\d[\d.eE+-]*$/.test(number) ? { kind: 'number', text: number } : null;
  }
  if (!Array.isArray(pairs)) {
    return null;
  }
  const read: [string, Value][] = [];
  for (const pair of pairs as Json[]) {
    const inner = Array.isArray(pair) && pair.length === 2 ? orderedValue(pair[1], depth + 1) : null;
    if (!inner) {
      return null;
    }
    read.push([String((pair as Json[])[0]), inner]);
  }
  return { kind: 'dict', pairs: read };
}

function scalar(data: Json): Value {
  if (typeof data === 'string') {
    return { kind: 'text', text: data };
  }
  if (typeof data === 'number') {
    return { kind: 'number', text: String(data) };
  }
  return { kind: 'word', text: data === true ? 'True' : data === false ? 'False' : 'None' };
}

/** A number for reading: separators from five digits on, so that a year has none. */
export function separated(text: string): string {
  const found = /^(-?)(\d+)(\.\d+)?$/.exec(text);
  if (!found || (found[2] as string).length < 5) {
    return text;
  }
  return `${found[1]}${(found[2] as string).replace(/\B(?=(\d{3})+$)/g, ',')}${found[3] ?? ''}`;
}

/** The value as plain text, for titles and for copying. */
export function valueText(value: Value): string {
  switch (value.kind) {
    case 'text':
    case 'word':
      return value.text;
    case 'number':
      return separated(value.text);
    default:
      return json(value, '');
  }
}

function json(value: Value, margin: string): string {
  if (value.kind === 'text') {
    return JSON.stringify(value.text);
  }
  if (value.kind === 'number') {
    return value.text;
  }
  if (value.kind === 'word') {
    return { True: 'true', False: 'false' }[value.text] ?? 'null';
  }
  const inner = `${margin}  `;
  const rows =
    value.kind === 'list'
      ? value.items.map(item => json(item, inner))
      : value.pairs.map(([key, item]) => `${JSON.stringify(key)}: ${json(item, inner)}`);
  const [open, close] = value.kind === 'list' ? ['[', ']'] : ['{', '}'];
  const flat = `${open}${rows.join(', ')}${close}`;
  return flat.length + margin.length <= 60
    ? flat
    : `${open}\n${rows.map(row => inner + row).join(',\n')}\n${margin}${close}`;
}

/** The columns of a list of dicts, in the order of their first row; null where it is none that a table would suit. */
export function columnsOf(value: Value): string[] | null {
  if (value.kind !== 'list' || value.items.length === 0) {
    return null;
  }
  const names = new Set<string>();
  for (const item of value.items) {
    if (item.kind !== 'dict') {
      return null;
    }
    item.pairs.forEach(([key]) => names.add(key));
  }
  return names.size > 0 && names.size <= 24 ? [...names] : null;
}

/** The way to a part of the value in the words of `Grounding.path`: `orders[2].price`. */
export function pathTo(above: string, key: string | number): string {
  if (typeof key === 'string' && /^[a-z][A-Za-z0-9_]*$/.test(key)) {
    return above ? `${above}.${key}` : key;
  }
  return `${above}[${typeof key === 'number' ? key : JSON.stringify(key.slice(0, 60))}]`;
}

/** Finds the verdicts of the parts of a value. */
export class Verdicts {
  constructor(items: Grounding[]) {
    for (const item of items) {
      const before = this._byPath.get(item.path);
      if (before) {
        before.push(item);
      } else {
        this._byPath.set(item.path, [item]);
      }
    }
  }

  /** The verdict of the scalar at a path. A key of a dict has the path of its value, and stands before it. */
  of(path: string, text: string): Grounding | null {
    const items = this._byPath.get(path) ?? [];
    return items.find(item => item.item === text) ?? (path ? (items[items.length - 1] ?? null) : null);
  }

  /** The figures and names within a text at a path. Traces of 0.1.0 have them without a path. */
  within(path: string): Grounding[] {
    const items = this._byPath.get(path) ?? [];
    const parts = items.flatMap(item => item.parts);
    return path === '' && parts.length === 0 ? items : parts;
  }

  private readonly _byPath = new Map<string, Grounding[]>();
}

/** A text cut where its figures and names stand, each at the first place that is not taken yet. */
export function cutAt(text: string, items: Grounding[]): { text: string; item: Grounding | null }[] {
  const found: { from: number; to: number; item: Grounding }[] = [];
  for (const item of [...items].sort((a, b) => b.item.length - a.item.length)) {
    for (let at = text.indexOf(item.item); item.item && at >= 0; at = text.indexOf(item.item, at + 1)) {
      const to = at + item.item.length;
      if (isWhole(text, at, to) && !found.some(each => at < each.to && each.from < to)) {
        found.push({ from: at, to, item });
      }
    }
  }
  found.sort((a, b) => a.from - b.from);
  const pieces: { text: string; item: Grounding | null }[] = [];
  let at = 0;
  for (const { from, to, item } of found) {
    if (from > at) {
      pieces.push({ text: text.slice(at, from), item: null });
    }
    pieces.push({ text: text.slice(from, to), item });
    at = to;
  }
  if (at < text.length || pieces.length === 0) {
    pieces.push({ text: text.slice(at), item: null });
  }
  return pieces;
}

// `12` is not a part of `2012`, nor `art` one of `party`.
function isWhole(text: string, from: number, to: number): boolean {
  const word = /[\p{L}\p{N}]/u;
  const joins = (a: string | undefined, b: string | undefined): boolean => !!a && !!b && word.test(a) && word.test(b);
  return !joins(text[from - 1], text[from]) && !joins(text[to - 1], text[to]);
}
