import { describe, expect, it } from 'vitest';

import { Links, keyOf, linkTo, parseLink } from '../src/model/links';
import type { Linked } from '../src/model/links';
import { trace } from './fixture';

function view(key: string, rows: string[], visible = true): Linked & { at: string | null } {
  return {
    key,
    visible,
    at: null,
    reveal(row: string): boolean {
      this.at = rows.includes(row) ? row : this.at;
      return rows.includes(row);
    }
  };
}

describe('deep links', () => {
  it('lead to a row of a trace and back', () => {
    const read = trace();
    expect(parseLink(linkTo(read, '3.11.1'))).toEqual({ key: keyOf(read), row: '3.11.1' });
    expect(parseLink('#rlm-iteration-3')).toEqual({ key: null, row: '3' });
  });

  it.each([
    '',
    '#',
    '#heading',
    '#rlm-iteration-',
    '#rlm-iteration-x',
    '#rlm-zz-iteration-1',
    '#rlm-iteration-1..2',
    '#x-rlm-iteration-1'
  ])('are not %j', fragment => {
    expect(parseLink(fragment)).toBeNull();
  });

  it('tell traces apart', () => {
    expect(keyOf(trace())).toBe(keyOf(trace()));
    expect(keyOf(trace({ question: 'another' }))).not.toBe(keyOf(trace()));
  });

  it('lead the view of their trace, else the first that has the row', () => {
    const links = new Links();
    const [first, second] = [view('aaaaaaaa', ['1', '2']), view('bbbbbbbb', ['1', '2', '3'])];
    links.add(first);
    links.add(second);
    expect(links.follow('#rlm-iteration-2')).toBe(true);
    expect([first.at, second.at]).toEqual(['2', null]);
    links.follow('#rlm-iteration-3');
    links.follow('#rlm-bbbbbbbb-iteration-1');
    expect([first.at, second.at]).toEqual(['2', '1']);
    expect(links.follow('#heading')).toBe(false);
  });

  it('prefer what can be seen', () => {
    const links = new Links();
    const [hidden, seen] = [view('aaaaaaaa', ['1'], false), view('aaaaaaaa', ['1'])];
    links.add(hidden);
    links.add(seen);
    links.follow('#rlm-aaaaaaaa-iteration-1');
    expect([hidden.at, seen.at]).toEqual([null, '1']);
  });

  it('wait for a view that is yet to come, once', () => {
    const links = new Links();
    links.follow('#rlm-iteration-2');
    const [first, second] = [view('aaaaaaaa', ['2']), view('bbbbbbbb', ['2'])];
    links.add(first);
    links.add(second);
    expect([first.at, second.at]).toEqual(['2', null]);
  });

  it('forget a view that is gone', () => {
    const links = new Links();
    const gone = view('aaaaaaaa', ['1']);
    links.add(gone);
    links.remove(gone);
    links.follow('#rlm-iteration-1');
    expect(gone.at).toBeNull();
  });
});
