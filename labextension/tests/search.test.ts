import { describe, expect, it } from 'vitest';

import { cut, search } from '../src/model/search';
import { deep, large, trace } from './fixture';

describe('search', () => {
  it('finds code and outputs, and says where', () => {
    expect(search(trace(), 'grep')).toEqual([{ id: '1', fields: ['reply', 'code'] }]);
    expect(search(trace(), '$2,500')[0]).toEqual({ id: '1', fields: ['output'] });
    expect(search(trace(), 'undefined_name')[0]).toEqual({ id: '2', fields: ['reply', 'code', 'error'] });
  });

  it('finds what is folded in a sub-run', () => {
    const found = search(trace(), 'FINAL').map(match => match.id);
    expect(found).toEqual(['3.5.1', '3.5.1.6.1', '4']);
    expect(search(deep(200), 'deepest').length).toBe(1);
  });

  it('minds capitals only where there are some', () => {
    expect(search(trace(), 'sales')[0]?.fields).toContain('output');
    expect(search(trace(), 'SALES')[0]?.fields).toContain('output');
    expect(search(trace(), 'Sales')).toEqual([]);
  });

  it.each(['', '  '])('finds nothing for %j', query => {
    expect(search(trace(), query)).toEqual([]);
  });

  it('finds every one of a thousand calls, in order', () => {
    const found = search(large(10, 100), 'prompt');
    expect(found.length).toBe(1000);
    expect([found[0]?.id, found[999]?.id]).toEqual(['1.1', '10.1000']);
  });

  it('takes the query as text, not as a pattern', () => {
    expect(search(trace(), '.*')).toEqual([]);
  });
});

describe('cutting a text at its hits', () => {
  const pieces = (text: string, query: string): string =>
    cut(text, query)
      .map(each => (each.hit ? `[${each.text}]` : each.text))
      .join('');

  it.each([
    ['North and south', 'north', '[North] and south'],
    ['aXa', 'X', 'a[X]a'],
    ['aaa', 'aa', '[aa]a'],
    ['none', 'x', 'none'],
    ['', 'x', ''],
    ['İstanbul x', 'x', 'İstanbul x']
  ])('%j with %j', (text, query, expected) => {
    expect(pieces(text, query)).toBe(expected);
  });
});
