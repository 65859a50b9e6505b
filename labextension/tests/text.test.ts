import { describe, expect, it } from 'vitest';

import { clean, count, oneLine, percent, pretty, seconds } from '../src/model/text';

describe('hostile text', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]8;;http://example.org\u0007link\u001b]8;;\u0007', 'link'],
    ['a\u0000b\u007f', 'a␀b␡'],
    ['abc\u202edef', 'abc⟨U+202E⟩def'],
    ['a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
    ['\u{e0041}tag', '⟨U+E0041⟩tag'],
    ['plain\ttext\n', 'plain\ttext\n']
  ])('%j becomes %j', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it('is put on one line and shortened', () => {
    expect(oneLine(' a\n\tb  c ')).toBe('a b c');
    expect(oneLine('x'.repeat(1000), 10)).toBe('xxxxxxxxx…');
  });
});

describe('values and figures', () => {
  it.each([
    [4000, '4000'],
    ['text', 'text'],
    [null, 'None'],
    [true, 'True'],
    [[1, 'a'], '[1,"a"]'],
    [undefined, 'None']
  ])('%j is shown as %j', (value, expected) => {
    expect(pretty(value)).toBe(expected);
  });

  it.each([
    [0, '0%'],
    [0.0001, '<0.1%'],
    [0.015, '1.5%'],
    [0.9999, '>99.9%'],
    [1, '100%']
  ])('%d is %j', (share, expected) => {
    expect(percent(share)).toBe(expected);
  });

  it.each([
    [0, '0.0 s'],
    [0.003, '3 ms'],
    [0.00001, '1 ms'],
    [1.25, '1.3 s'],
    [42.4, '42 s'],
    [125, '2 min 5 s']
  ])('%d seconds are %j', (value, expected) => {
    expect(seconds(value)).toBe(expected);
  });

  it('has separators', () => {
    expect(count(1234567)).toBe('1,234,567');
  });
});
