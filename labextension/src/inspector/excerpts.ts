/** What a trace itself keeps of a document: the lines of its evidence, and the outputs of the code that looked at a line. */

import type { Iteration, Span, Trace } from '../model/trace';

export interface ExcerptLine {
  line: number;
  /** null: the line was asked for, and the trace does not hold it. */
  text: string | null;
}

/** The known lines of a document in order, with the line that is asked for. */
export function knownLines(trace: Trace, source: string, asked: number): ExcerptLine[] {
  const known = new Map<number, string | null>([[asked, null]]);
  for (const item of trace.evidence) {
    if (item.source === source && item.text !== null) {
      known.set(item.line, item.text);
    }
  }
  return [...known].map(([line, text]) => ({ line, text })).sort((a, b) => a.line - b.line);
}

export interface Looked {
  iteration: Iteration;
  span: Span;
}

/** The iterations of the root run whose code was handed a line, with the narrowest span that holds it. */
export function lookedAt(trace: Trace, source: string, line: number): Looked[] {
  const found: Looked[] = [];
  for (const iteration of trace.iterations) {
    const spans = iteration.spans.filter(span => span.source === source && span.start <= line && line <= span.end);
    const narrowest = spans.sort((a, b) => a.end - a.start - (b.end - b.start))[0];
    if (narrowest) {
      found.push({ iteration, span: narrowest });
    }
  }
  return found;
}
