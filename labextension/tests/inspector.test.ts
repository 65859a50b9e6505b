import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { compareHash, decode, linesOf } from '../src/inspector/decoding';
import { knownLines, lookedAt } from '../src/inspector/excerpts';
import { candidates } from '../src/inspector/finding';
import { holds, touchesOf } from '../src/model/coverage';
import { trace } from './fixture';

describe('finding the file of a document', () => {
  const paths = (...asked: Parameters<typeof candidates>): [string, boolean][] =>
    candidates(...asked).map(({ path, certain }) => [path, certain]);

  it('looks beside the notebook first', () => {
    expect(paths('data/report.txt', 'course/week1.ipynb', '')).toEqual([
      ['course/data/report.txt', true],
      ['data/report.txt', false]
    ]);
    expect(paths('report.txt', 'week1.ipynb', '')).toEqual([['report.txt', true]]);
  });

  it('follows ..', () => {
    expect(paths('../shared/report.txt', 'course/week1.ipynb', '')[0]).toEqual(['shared/report.txt', true]);
    expect(paths('../../report.txt', 'course/week1.ipynb', '')).toEqual([]);
  });

  it('takes the server’s root off an absolute path', () => {
    expect(paths('/srv/lab/course/report.txt', 'week1.ipynb', '/srv/lab/')[0]).toEqual(['course/report.txt', true]);
  });

  it('only guesses where it does not know the root', () => {
    const found = candidates('/srv/lab/course/report.txt', 'course/week1.ipynb', '');
    expect(found[0]).toEqual({ path: 'course/report.txt', certain: false });
    expect(found.every(each => !each.certain)).toBe(true);
  });

  it('stays on the notebook’s drive', () => {
    expect(paths('report.txt', 'RTC:course/week1.ipynb', '')[0]).toEqual(['RTC:course/report.txt', true]);
  });

  it.each(['', 'https://example.org/report.txt', '~/report.txt', 'a\u0000b'])('finds none for %j', source => {
    expect(candidates(source, 'week1.ipynb', '/srv')).toEqual([]);
  });
});

describe('the text of a file', () => {
  const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

  it('is decoded as Python did', () => {
    expect(decode(bytes(0xe9, 0x80), 'latin-1')).toBe('é\u0080');
    expect(decode(bytes(0xcf, 0xd0), 'cp1251')).toBe('ПР');
    expect(decode(bytes(0xff, 0xfe, 0x41, 0), 'utf-16')).toBe('A');
    expect(decode(bytes(0xfe, 0xff, 0, 0x41), 'utf-16')).toBe('A');
    expect(decode(bytes(0xef, 0xbb, 0xbf, 0x41), 'utf-8-sig')).toBe('A');
  });

  it('is refused where it is none', () => {
    expect(() => decode(bytes(0xff), 'utf-8')).toThrow();
    expect(() => decode(bytes(0x41), 'no-such-encoding')).toThrow();
  });

  it('has the hash of its UTF-8', async () => {
    const expected = createHash('sha256').update('Ünïcode', 'utf8').digest('hex');
    expect(await compareHash('Ünïcode', expected)).toBe('same');
    expect(await compareHash('Unicode', expected)).toBe('different');
    expect(await compareHash('Unicode', '')).toBe('unknown');
  });

  it('has the lines that the trace counts', () => {
    expect(linesOf('a\nb\n')).toEqual(['a', 'b']);
    expect(linesOf('a\nb')).toEqual(['a', 'b']);
    expect(linesOf('a\n\n')).toEqual(['a', '']);
    expect(linesOf('')).toEqual(['']);
  });
});

describe('excerpts', () => {
  it('are the lines of the evidence, and the one that is asked for', () => {
    expect(knownLines(trace(), 'report.txt', 50)).toEqual([
      { line: 12, text: 'SALES north: $1,000' },
      { line: 50, text: null },
      { line: 87, text: 'SALES south: $2,500' },
      { line: 190, text: 'SALES south: $500' }
    ]);
    expect(knownLines(trace(), 'other.txt', 1)).toEqual([{ line: 1, text: null }]);
  });

  it('name the iterations that looked at a line', () => {
    expect(lookedAt(trace(), 'report.txt', 12).map(each => [each.iteration.index, each.span.tool])).toEqual([
      [1, 'grep'],
      [3, 'read_lines']
    ]);
    expect(lookedAt(trace(), 'report.txt', 100)).toEqual([]);
  });
});

describe('coverage', () => {
  const covered = trace().coverage!.documents[0]!;

  it('says what was done with a line', () => {
    expect(touchesOf(covered, 12)).toEqual(['scanned', 'shown', 'sent']);
    expect(touchesOf(covered, 87)).toEqual(['scanned', 'shown']);
    expect(touchesOf(covered, 88)).toEqual([]);
    expect(touchesOf(undefined, 12)).toEqual([]);
  });

  it('finds a line among many intervals', () => {
    const many = Array.from({ length: 2_000 }, (_, index): [number, number] => [index * 10 + 1, index * 10 + 3]);
    const found = Array.from({ length: 100 }, (_, index) => holds(many, index + 5_001));
    expect(found).toEqual(Array.from({ length: 100 }, (_, index) => index % 10 < 3));
  });
});
