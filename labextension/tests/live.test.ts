import { describe, expect, it } from 'vitest';

import { densities, sectionsOf, shareWithin } from '../src/model/coverage';
import { RunState } from '../src/model/runState';
import { streamed } from '../src/model/text';
import { placeOf } from '../src/model/trace';
import { bannerText, leftOutText, wholeFileText } from '../src/view/words';
import { trace } from './fixture';

const trans = {
  __: (text: string, ...args: unknown[]) =>
    text.replace(/%(\d)/g, (_, at: string) => `${args[Number(at) - 1] as string}`),
  _n: (one: string, many: string, n: number) => (n === 1 ? one : many).replace('%1', `${n}`)
} as unknown as Parameters<typeof bannerText>[0];

describe('a run in progress', () => {
  it('takes changes in their order and the whole at any time', () => {
    const state = new RunState({ question: 'q', iterations: [] });
    expect(state.take({ kind: 'whole', n: 4, run: { question: 'q', iterations: [{ index: 1, reply: 'a' }] } })).toBe(
      true
    );
    const change = (n: number, reply: string, index = 1): object => ({
      kind: 'change',
      n,
      head: { question: 'q' },
      turns: [{ index, reply }]
    });
    expect(state.take(change(5, 'ab'))).toBe(true);
    expect(state.take(change(7, 'abcd'))).toBe(false);
    expect(state.take(change(6, 'new', 2))).toBe(true);
    expect(state.data).toEqual({
      question: 'q',
      iterations: [
        { index: 1, reply: 'ab' },
        { index: 2, reply: 'new' }
      ]
    });
  });

  it.each([null, 3, {}, { kind: 'change' }, { kind: 'whole', run: 3 }])('passes over %j', message => {
    expect(new RunState({}).take(message)).toBe(false);
  });

  it('shows code while it streams, without its fences', () => {
    expect(streamed('I look.\n```python\nrows = grep(')).toEqual({ prose: 'I look.\n', code: 'rows = grep(' });
    expect(streamed('I look.\n```python\nx = 1\n```\nThen')).toEqual({ prose: 'I look.\n', code: 'x = 1' });
    expect(streamed('Only words')).toEqual({ prose: 'Only words', code: null });
  });
});

describe('the words of an answer', () => {
  it('are summed up as the Python package does, the worst first', () => {
    const verdicts = ['document', 'document', 'computed', 'ungrounded'];
    const parts = verdicts.map((verdict, at) => ({ item: `${at}`, verdict }));
    const { grounding } = trace({ grounding: [{ item: 'words', verdict: 'prose', parts }] });
    expect(bannerText(trans, grounding)).toBe(
      '1 of 4 items found nowhere · 2 in the document · 1 computed · prose not checked'
    );
    expect(bannerText(trans, grounding[0]?.parts.slice(0, 3) ?? [])).toBe('3 items: 2 in the document · 1 computed');
    expect(bannerText(trans, [])).toBe('');
  });

  it('name the file that has all of it, where one was written', () => {
    expect(wholeFileText(trans, trace({ view: { file: 'traces/rlm-1a.json' } }))).toBe(
      ' All of it is in the file traces/rlm-1a.json.'
    );
    expect(wholeFileText(trans, trace({ view: { file: 5 } }))).toBe('');
    expect(wholeFileText(trans, trace())).toBe('');
  });

  it('say in numbers what a shortened copy leaves out', () => {
    const short = trace({
      view: {
        whole: [
          ['iterations', 201],
          ['sub-calls', 2412]
        ],
        calls: [[1, 12]]
      }
    });
    expect(leftOutText(trans, short)).toBe('197 of 201 iterations, 2,406 of 2,412 sub-calls');
    expect(short.leftOut.calls.get(1)).toBe(12);
    expect(leftOutText(trans, trace())).toBe('');
  });
});

describe('the map of a document', () => {
  it('is darker where more lines were touched', () => {
    expect(densities([[1, 50]], 100, 4).map(cell => cell.density)).toEqual([1, 1]);
    expect(densities([[1, 5]], 100, 10)).toEqual([{ density: 0.5, from: 0, size: 0.1 }]);
    expect(densities([[3, 3]], 3, 100)).toEqual([{ density: 1, from: 2 / 3, size: 1 / 3 }]);
    expect(densities([[7, 900]], 0, 10)).toEqual([]);
  });

  it('has the sections of the file, else tenths', () => {
    expect(
      sectionsOf(30, [
        [1, 'page 1'],
        [11, 'page 2']
      ])
    ).toEqual([
      { name: 'page 1', first: 1, last: 10 },
      { name: 'page 2', first: 11, last: 30 }
    ]);
    expect(sectionsOf(100, []).map(part => part.name)[0]).toBe('1–10');
    expect(shareWithin([[5, 14]], 1, 10)).toBe(0.6);
  });

  it('names the place of a line in the file', () => {
    const [info] = trace({
      documents: [
        {
          name: 'a',
          places: [
            [1, 'page 1', null],
            [3, "sheet 'S', row \0", 7]
          ]
        }
      ]
    }).documents;
    expect([placeOf(info, 2), placeOf(info, 4), placeOf(undefined, 1)]).toEqual(['page 1', "sheet 'S', row 8", '']);
  });
});
