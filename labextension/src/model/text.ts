/**
 * Hostile text made harmless and short; the same rules as `rlm_kernel/render/sanitize.py`, from the same table. No
 * character is ever left out: what cannot be seen, or would act on the display, is shown as a symbol. Escaping is the
 * DOM's work.
 */

import table from '../../../rlm_kernel/render/hidden_characters.json';

type Range = [number, number];

const RANGES = Object.fromEntries(
  Object.entries(table).map(([name, ranges]) => [
    name,
    Array.isArray(ranges) ? ranges.map(pair => pair.map(number => parseInt(number, 16)) as Range) : []
  ])
) as Record<Exclude<keyof typeof table, 'about'>, Range[]>;

const IN_TEXT = hiddenInText();
const IN_CODE = new RegExp(`[${group(...Object.values(RANGES).flat())}]`, 'gu');
/** What cannot be seen, or turns the direction of reading, wherever it stands. */
export const INVISIBLE = new RegExp(`[${group(...RANGES.hidden)}]`, 'gu');

/**
 * Text for reading (documents, outputs, words of a model). Lines end at `\n` and `\r\n` only, as those of a document do;
 * joiners and variation selectors stay where a script or an emoji needs them, and so do the kinds of blanks.
 */
export function clean(text: string): string {
  return text.replace(IN_TEXT, found => (found === '\r\n' ? '\n' : symbol(found)));
}

/** Code for reading, in the lines in which Python runs it; a carriage return is shown and ends its line. */
export function cleanCode(text: string): string {
  return text.replace(/\r\n?/g, '␍\n').replace(IN_CODE, symbol);
}

/** One line of at most `limit` characters. */
export function oneLine(text: string, limit = 160): string {
  const line = clean(text.slice(0, limit * 4))
    .split(/\s+/)
    .join(' ')
    .trim();
  return line.length <= limit && text.length <= limit * 4 ? line : line.slice(0, limit - 1).trimEnd() + '…';
}

/** A share of one (0 to 1) as percents: what is not nothing does not look like nothing, nor what is not all like all. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) {
    return '<0.1%';
  }
  if (share > 0.999 && share < 1) {
    return '>99.9%';
  }
  return `${(share * 100).toFixed(1)}%`.replace('.0%', '%');
}

/** A duration in seconds, in as many digits as matter. */
export function seconds(value: number): string {
  if (value >= 60) {
    const whole = Math.round(value);
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }
  return value >= 10 ? `${value.toFixed(0)} s` : value >= 0.1 || value === 0 ? `${value.toFixed(1)} s` : milli(value);
}

/** A number with separators, the same for every reader. */
export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 4 });
}

function milli(value: number): string {
  return `${Math.max(1, Math.round(value * 1000))} ms`;
}

/** What is shown in the place of a character: `␀` for control characters, its number for others. */
function symbol(found: string): string {
  const code = found.codePointAt(0) ?? 0;
  if (code < 0x20) {
    return String.fromCharCode(0x2400 + code);
  }
  return code === 0x7f ? '\u2421' : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

function hiddenInText(): RegExp {
  const unseen = [...RANGES.hidden, ...RANGES.joiners, ...RANGES.spaces];
  const joiner = group(...RANGES.joiners);
  const selector = group(...RANGES.selectors);
  // A joiner joins two letters of a script that has joiners, or two emoji; a selector follows what it selects.
  const joined = group(...without([0x600, 0x10ffff], unseen));
  const selected = group(...without([0xa9, 0x10ffff], [...unseen, ...RANGES.selectors]));
  return new RegExp(
    `\\r\\n|[\\r${group(...RANGES.controls, ...RANGES.hidden)}]` +
      `|(?<![${joined}])[${joiner}]|[${joiner}](?![${joined}])` +
      `|(?<![${selected}])[${selector}](?!\\u20e3)`,
    'gu'
  );
}

/** A range without what lies in others. */
function without([first, last]: Range, others: Range[]): Range[] {
  const kept: Range[] = [];
  for (const [low, high] of [...others].sort((a, b) => a[0] - b[0])) {
    if (first <= high && low <= last) {
      if (first < low) {
        kept.push([first, low - 1]);
      }
      first = high + 1;
    }
  }
  return first <= last ? [...kept, [first, last]] : kept;
}

/** The inside of a regular expression's character class. */
function group(...ranges: Range[]): string {
  return ranges.map(range => range.map(code => `\\u{${code.toString(16)}}`).join('-')).join('');
}

/** A reply as it streams: what is said before its first block of code, and the code so far, without its fences. */
export function streamed(reply: string): { prose: string; code: string | null } {
  const at = reply.indexOf('```');
  if (at < 0) {
    return { prose: reply, code: null };
  }
  const [, ...lines] = reply.slice(at).split('\n');
  const end = lines.findIndex(line => line.trimEnd() === '```');
  return { prose: reply.slice(0, at), code: (end < 0 ? lines : lines.slice(0, end)).join('\n') };
}
