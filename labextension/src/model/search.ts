/** Search in all texts of a run tree, folded or not. A capital in the query makes it case-sensitive. */

import { everyNode } from './tree';
import type { TreeNode } from './tree';
import type { Trace } from './trace';

export interface Match {
  id: string;
  /** The fields of the row that hold the query, in the order in which they are shown. */
  fields: string[];
}

const MOST_MATCHES = 10_000;

/** The rows that hold the query, from the first; none for an empty query. */
export function search(trace: Trace, query: string): Match[] {
  const found: Match[] = [];
  const holds = matcher(query);
  if (!holds) {
    return found;
  }
  for (const node of everyNode(trace)) {
    const fields = textsOf(node).filter(([, text]) => holds(text));
    if (fields.length > 0) {
      found.push({ id: node.id, fields: fields.map(([name]) => name) });
      if (found.length >= MOST_MATCHES) {
        break;
      }
    }
  }
  return found;
}

/** The text cut at the places where the query stands. */
export function cut(text: string, query: string): { text: string; hit: boolean }[] {
  const [where, what] = folded(query) ? [text.toLowerCase(), query.toLowerCase()] : [text, query];
  // Lower case can be longer than what it is made of; places in it would then be wrong.
  if (!what || where.length !== text.length) {
    return [{ text, hit: false }];
  }
  const pieces: { text: string; hit: boolean }[] = [];
  let at = 0;
  for (let hit = where.indexOf(what); hit >= 0; hit = where.indexOf(what, at)) {
    if (hit > at) {
      pieces.push({ text: text.slice(at, hit), hit: false });
    }
    at = hit + what.length;
    pieces.push({ text: text.slice(hit, at), hit: true });
  }
  if (at < text.length || pieces.length === 0) {
    pieces.push({ text: text.slice(at), hit: false });
  }
  return pieces;
}

function matcher(query: string): ((text: string) => boolean) | null {
  if (!query.trim()) {
    return null;
  }
  if (!folded(query)) {
    return text => text.includes(query);
  }
  const what = query.toLowerCase();
  return text => text.toLowerCase().includes(what);
}

function folded(query: string): boolean {
  return query === query.toLowerCase();
}

function textsOf(node: TreeNode): [string, string][] {
  if (node.type === 'call') {
    const { call } = node;
    return [
      ['prompt', call.prompt],
      ['reply', call.response ?? ''],
      ['error', call.error ?? ''],
      ['name', `${call.kind} ${call.name} ${call.model}`]
    ];
  }
  const { iteration } = node;
  return [
    ['reply', iteration.reply],
    ['reasoning', iteration.reasoning],
    ['code', iteration.code ?? ''],
    ['output', iteration.output],
    ['error', iteration.error ? `${iteration.error.type}: ${iteration.error.message}` : ''],
    ['notes', iteration.notes.join('\n')]
  ];
}
