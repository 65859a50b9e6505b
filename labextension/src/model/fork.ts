/** The cell that forks a run: which text it has. That there is a notebook to put it into is none of its concerns. */

import { lineKinds } from './cells';
import { INVISIBLE } from './text';
import type { Iteration, Trace } from './trace';

/** The cell whose output shows the trace. */
export interface Origin {
  source: string;
  executionCount: number | null;
  /** Whether the notebook's kernel is `rlm`. */
  inKernel: boolean;
  /** Whether the trace is the result of the cell, and not only displayed by it. */
  isResult: boolean;
}

/** The source of a cell that forks the run at an iteration; null where there can be no such fork. */
export function forkCell(trace: Trace, turn: Iteration, origin: Origin): string | null {
  const name =
    trace.forkable && turn.code !== null && !(trace.elided.includes('code') && SHORTENED.test(turn.code))
      ? answerName(trace, origin)
      : null;
  if (name === null || turn.code === null) {
    return null;
  }
  const lines = origin.inKernel ? ['%%py'] : [];
  if (name === '_') {
    lines.push('# _ is the last result; write the name of the answer in its place.');
  }
  lines.push(`${name}.fork(${turn.index}, ${pythonText(trimmed(turn.code))})`);
  return lines.join('\n');
}

/** Without the empty lines around it, of which each fork of a fork would add some. */
function trimmed(code: string): string {
  return code.replace(/^(?:[ \t]*\n)+|\s+$/g, '');
}

/** How Python finds the answer: by the name of `-o`, else as the cell's result; null where nothing has kept it. */
export function answerName(trace: Trace, origin: Origin): string | null {
  const lines = origin.source.split('\n');
  const kinds = lineKinds(lines, origin.inKernel);
  const named = lines
    .filter((line, index) => kinds[index] === 'option' && /^\s*%%rlm\s/.test(line))
    .map(outputOption)[0];
  if (named) {
    return named;
  }
  const isQuestion = kinds.includes('prose');
  if (isQuestion && (trace.status === 'failed' || trace.status === 'stopped')) {
    // The cell has failed, so that it has no result.
    return null;
  }
  return (isQuestion || origin.isResult) && origin.executionCount ? `Out[${origin.executionCount}]` : '_';
}

/** The value of `-o` or `--output` on a line of options, where it is a name. */
export function outputOption(line: string): string | null {
  const words = (line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []).map(word =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2')
  );
  let found: string | null = null;
  words.forEach((word, index) => {
    const joined = /^(?:--output=|-o=?)(.+)$/s.exec(word);
    if (joined) {
      found = joined[1] as string;
    } else if (word === '-o' || word === '--output') {
      found = words[index + 1] ?? null;
    }
  });
  return found !== null && /^[\p{ID_Start}_]\p{ID_Continue}*$/u.test(found) ? found : null;
}

// What the Python package writes into the code of a shortened copy of a trace.
const SHORTENED = /\n\[… [\d,]+ (?:characters left out|more characters were not kept) …\]/;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;
const LONE = /\p{Surrogate}/gu;
// IPython takes what looks like a prompt off the lines of a cell, also within a string: Python's own from any line, the
// others if the second line of the cell has one, with which the text begins.
const PROMPT = /^([ \t]*)(>>>)/gm;
const FIRST_PROMPT = /^([ \t]*)(\.\.\.|In \[)/;

/**
 * A literal of Python in triple quotes whose value is the text between two newlines.
 *
 * It has no escapes where it can do without, so that code can be changed in it as it is; what cannot be seen, or turns
 * the direction of reading, is always one.
 */
export function pythonText(text: string): string {
  const escaped = [CONTROLS, INVISIBLE, LONE, PROMPT, FIRST_PROMPT].some(pattern => text.search(pattern) >= 0);
  const quote = text.includes('"""') ? "'''" : '"""';
  if (!escaped && !text.includes(quote)) {
    return `${text.includes('\\') ? 'r' : ''}${quote}\n${text}\n${quote}`;
  }
  const body = text
    .replace(/\\/g, '\\\\')
    .replace(/"""/g, '\\"\\"\\"')
    .replace(PROMPT, escapeSign)
    .replace(FIRST_PROMPT, escapeSign)
    .replace(CONTROLS, escape)
    .replace(INVISIBLE, escape)
    .replace(LONE, escape);
  return `"""\n${body}\n"""`;
}

/** A literal of Python on one line; what cannot be seen, or turns the direction of reading, is escaped in it. */
export function pythonName(text: string): string {
  return JSON.stringify(text).replace(CONTROLS, escape).replace(INVISIBLE, escape).replace(LONE, escape);
}

function escapeSign(_: string, space: string, sign: string): string {
  return space + escape(sign.charAt(0)) + sign.slice(1);
}

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const [sign, digits] = code < 0x100 ? ['x', 2] : code < 0x10000 ? ['u', 4] : ['U', 8];
  return `\\${sign}${code.toString(16).padStart(digits, '0')}`;
}
