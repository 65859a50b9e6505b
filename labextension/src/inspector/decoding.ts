/** Bytes to text by the encoding that the trace names, and whether the text is still the one that was read. */

export type HashState = 'same' | 'different' | 'unknown';

/** Decode; throws where the bytes are not in that encoding, or the browser does not know it. */
export function decode(bytes: Uint8Array, encoding: string): string {
  const name = encoding.toLowerCase().replace(/_/g, '-');
  if (['latin-1', 'latin1', 'iso-8859-1', 'iso8859-1'].includes(name)) {
    // Browsers take Latin-1 for windows-1252, Python does not.
    let text = '';
    for (let at = 0; at < bytes.length; at += 0x8000) {
      text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    }
    return text;
  }
  return new TextDecoder(label(name, bytes), { fatal: true }).decode(bytes);
}

/** Python's name of an encoding as browsers have it. */
function label(name: string, bytes: Uint8Array): string {
  if (name === '' || name === 'utf-8-sig') {
    return 'utf-8';
  }
  if (name === 'utf-16') {
    return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-16le';
  }
  return name.replace(/^cp(\d+)$/, 'windows-$1').replace(/^utf-16-/, 'utf-16');
}

/** Whether the encoding is UTF-8, so that the contents API can be asked for text. */
export function isUtf8(encoding: string): boolean {
  return ['', 'utf-8', 'utf-8-sig', 'utf8', 'ascii', 'us-ascii'].includes(encoding.toLowerCase());
}

/** Whether the SHA-256 of the text's UTF-8 is the expected one; `unknown` where the page cannot compute it. */
export async function compareHash(text: string, expected: string): Promise<HashState> {
  if (!/^[0-9a-f]{64}$/.test(expected) || !globalThis.crypto?.subtle) {
    return 'unknown';
  }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  const hex = Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
  return hex === expected ? 'same' : 'different';
}

/** The lines as the trace numbers them: ended by line feeds, the last one with or without one. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.length > 1 && lines[lines.length - 1] === '') {
    lines.pop();
  }
  return lines;
}
