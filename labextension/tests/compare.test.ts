import { describe, expect, it } from 'vitest';

import { plainValue } from '../src/model/answer';
import { codeDifferences, difference, itemsOfBoth, sameValue } from '../src/model/compare';
import { trace } from './fixture';

const signs = (before: string, after: string): string =>
  difference(before, after)
    .map(([sign, line]) => sign + line)
    .join('|');

describe('the lines of two codes that differ', () => {
  it.each([
    ['a\nb', 'a\nb', ''],
    ['a\nb', 'a\nc', ' a|-b|+c'],
    ['', 'x', '+x'],
    ['x\ny\n', '', '-x|-y'],
    ['a\nb\nc', 'a\nc', ' a|-b| c'],
    ['1\n2\n3\n4\n5\n6\n7\n8\n9', '1\n2\n3\nX\n5\n6\n7\n8\nY', ' 2| 3|-4|+X| 5| 6| 7| 8|-9|+Y'],
    ['1\n2\n3\n4\n5\n6\n7\n8\n9', 'X\n2\n3\n4\n5\n6\n7\n8\nY', '-1|+X| 2| 3|…| 7| 8|-9|+Y']
  ])('%j and %j', (before, after, expected) => {
    expect(signs(before, after)).toBe(expected);
  });

  it('that are very many went and came as a whole', () => {
    const many = (name: string): string =>
      Array.from({ length: 2_001 }, (_, at) => (at === 1_000 ? 'of both' : `${name} ${at}`)).join('\n');
    const found = difference(many('a'), many('b'));
    expect(found.map(([sign]) => sign).join('')).toBe('-'.repeat(2_001) + '+'.repeat(2_001));
  });
});

describe('two runs', () => {
  const first = trace({
    iterations: [
      { index: 1, code: 'a' },
      { index: 2, code: 'b' }
    ],
    grounding: [
      { item: '5', verdict: 'computed' },
      { item: 'x', verdict: 'document', source: 'r', lines: [2] }
    ]
  });
  const second = trace({
    parent: { digest: 'abc', iteration: 2 },
    iterations: [
      { index: 1, code: 'a' },
      { index: 2, code: 'c' },
      { index: 5, code: 'd' }
    ],
    grounding: [{ item: '5', verdict: 'ungrounded' }]
  });

  it('are compared iteration by iteration, by their numbers', () => {
    expect(codeDifferences(first, second)).toEqual([
      [
        2,
        [
          ['-', 'b'],
          ['+', 'c']
        ]
      ],
      [5, [['+', 'd']]]
    ]);
    expect(second.parent).toBe('abc');
    expect(first.parent).toBe('');
  });

  it('are compared item by item', () => {
    const rows = itemsOfBoth(first, second).map(([name, ours, theirs]) => [name, ours?.verdict, theirs?.verdict]);
    expect(rows).toEqual([
      ['5', 'computed', 'ungrounded'],
      ['x', 'document', undefined]
    ]);
  });

  it.each([
    [{ a: 1, b: [2, null] }, { b: [2, null], a: 1 }, true],
    [4000, 4000.0, true],
    ['4000', 4000, false],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [[1], [1, 2], false]
  ])('%j and %j have the same value: %j', (one, other, expected) => {
    expect(sameValue(plainValue(one), plainValue(other))).toBe(expected);
  });
});
