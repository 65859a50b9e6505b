import { describe, expect, it } from 'vitest';

import {
  Verdicts,
  columnsOf,
  cutAt,
  orderedValue,
  pathTo,
  plainValue,
  separated,
  valueText
} from '../src/model/answer';
import type { Value } from '../src/model/answer';
import { trace } from './fixture';

const item = (text: string, verdict = 'document', path = ''): object => ({ item: text, verdict, path });

describe('an answer as an object', () => {
  it('keeps the order of keys and the types of numbers through a saved notebook', () => {
    const saved = {
      pairs: [
        ['south', { number: '2.0' }],
        ['2024', [1, null, true]],
        ['north', { pairs: [['b', { number: '1152921504606846976' }]] }]
      ]
    };
    const value = orderedValue(saved) as Value;
    expect(valueText(value)).toBe(
      '{\n  "south": 2.0,\n  "2024": [1, null, true],\n  "north": {"b": 1152921504606846976}\n}'
    );
    const read = trace({ value: { '2024': [1, null, true], north: {}, south: 2 }, view: { value: saved } }).value;
    expect(read).toEqual(value);
  });

  it.each([{ pairs: 3 }, { number: '[1]' }, { pairs: [['a']] }, { other: 1 }, [{ pairs: [1] }]])(
    'takes %j for no ordered form',
    data => {
      expect(orderedValue(data)).toBeNull();
      expect(trace({ value: 'plain', view: { value: data } }).value).toEqual({ kind: 'text', text: 'plain' });
    }
  );

  it('bounds the depth', () => {
    const deep = Array.from({ length: 5_000 }).reduce<unknown>(inner => [inner], 1);
    expect(orderedValue(deep)).toBeNull();
    expect(valueText(plainValue(deep))).toContain('None'.slice(0, 0));
  });

  it.each([
    ['13000000', '13,000,000'],
    ['-13000000.5', '-13,000,000.5'],
    ['2024', '2024'],
    ['0.123456', '0.123456'],
    ['1e+300', '1e+300']
  ])('separates %s as %s', (text, shown) => {
    expect(separated(text)).toBe(shown);
  });

  it('knows what suits a table', () => {
    expect(columnsOf(plainValue([{ b: 1, a: 2 }, { c: 3 }]))).toEqual(['b', 'a', 'c']);
    expect(columnsOf(plainValue([{ a: 1 }, 2]))).toBeNull();
    expect(columnsOf(plainValue([]))).toBeNull();
  });

  it('names the ways as the Python package does', () => {
    expect(pathTo(pathTo(pathTo('', 'orders'), 2), 'price')).toBe('orders[2].price');
    expect(pathTo('', 'North "x"')).toBe('["North \\"x\\""]');
  });

  it('finds the verdict of a value, and not that of its key', () => {
    const { grounding } = trace({
      grounding: [item('south', 'document', 'south'), item('8', 'computed', 'south'), item('9', 'typed', '')]
    });
    const verdicts = new Verdicts(grounding);
    expect(verdicts.of('south', '8')?.verdict).toBe('computed');
    expect(verdicts.of('', '9')?.verdict).toBe('typed');
    expect(verdicts.of('north', '8')).toBeNull();
  });

  it('cuts a text at its figures, whole ones only', () => {
    const { grounding } = trace({ grounding: [item('12'), item('12%', 'ungrounded'), item('Gotham', 'computed')] });
    const cut = cutAt('In 2012 Gotham had 12% and 12.', grounding);
    expect(cut.map(piece => [piece.text, piece.item?.verdict ?? ''])).toEqual([
      ['In 2012 ', ''],
      ['Gotham', 'computed'],
      [' had ', ''],
      ['12%', 'ungrounded'],
      [' and ', ''],
      ['12', 'document'],
      ['.', '']
    ]);
  });
});
