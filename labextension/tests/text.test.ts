import { describe, expect, it } from 'vitest';

import vectors from '../../tests/render/hidden_characters.json';
import { clean, cleanCode, count, oneLine, percent, seconds } from '../src/model/text';

describe('hostile text', () => {
  it.each(vectors)('shows $name', ({ text, shown, code }) => {
    expect(clean(text)).toBe(shown);
    expect(cleanCode(text)).toBe(code);
  });

  it('shows half a character by its number', () => {
    expect([clean('a\ud800b'), cleanCode('a\ud800b')]).toEqual(['a⟨U+D800⟩b', 'a⟨U+D800⟩b']);
  });

  it('is not changed by being cleaned twice', () => {
    for (const { text } of vectors) {
      expect(clean(clean(text))).toBe(clean(text));
      expect(clean(cleanCode(text))).toBe(cleanCode(text));
    }
  });

  it('is put on one line and shortened', () => {
    expect(oneLine(' a\n\tb  c ')).toBe('a b c');
    expect(oneLine('x'.repeat(1000), 10)).toBe('xxxxxxxxx…');
  });
});

describe('figures', () => {
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
