/** Hostile text made harmless and short; the same rules as `rlm_kernel/display.py`. Escaping is the DOM's work. */

// The characters are written by number: this file must not hold what it is there to remove.
const ANSI =
  /\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])/g;
const NEWLINES = /\r\n?|[\u0085\u2028\u2029]/g;
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
/** What cannot be seen, or turns the direction of reading. */
export const INVISIBLE =
  /[\u061c\u200b\u200e\u200f\u2060-\u206f\u202a-\u202e\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** Without escape sequences; control characters become pictures, what turns the reading direction its number. */
export function clean(text: string): string {
  return text
    .replace(ANSI, '')
    .replace(NEWLINES, '\n')
    .replace(CONTROLS, found => picture(found))
    .replace(INVISIBLE, found => named(found));
}

/** One line of at most `limit` characters. */
export function oneLine(text: string, limit = 160): string {
  const line = clean(text.slice(0, limit * 4)).split(/\s+/).join(' ').trim();
  return line.length <= limit && text.length <= limit * 4 ? line : line.slice(0, limit - 1).trimEnd() + '…';
}

/** An answer's value for reading: text as it is, `True`, `False` and `None` as Python has them, the rest as JSON. */
export function pretty(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  if (value === null || value === undefined) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  const flat = JSON.stringify(value);
  return flat.length <= 60 ? flat : JSON.stringify(value, null, 2);
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

function picture(found: string): string {
  const code = found.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : named(found);
}

function named(found: string): string {
  return `⟨U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
