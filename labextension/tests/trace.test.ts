import { describe, expect, it } from 'vitest';

import { readTrace, subRun } from '../src/model/trace';
import { DATA, trace } from './fixture';

describe('reading a trace', () => {
  it('takes every field of one that the Python package wrote', () => {
    const read = trace();
    expect([read.value, read.status, read.model, read.subModel]).toEqual([
      { kind: 'number', text: '4000' },
      'answered',
      'scripted',
      'scripted-small'
    ]);
    expect(read.iterations.map(turn => turn.index)).toEqual([1, 2, 3, 4]);
    expect(read.iterations[0]?.repairs[0]?.kind).toBe('bracket');
    expect(read.iterations[1]?.error).toMatchObject({ type: 'NameError', line: 1 });
    expect(read.evidence.map(item => item.line)).toEqual([12, 87, 190]);
    expect(read.documents[0]).toMatchObject({ name: 'report.txt', lines: 200, encoding: 'utf-8' });
    expect(read.coverage?.documents[0]?.sent).toEqual([[10, 14]]);
    expect(read.parts.map(part => part.depth)).toEqual([0, 0, 1, 2]);
    const call = read.iterations[2]?.calls[4];
    expect([call?.kind, call?.line]).toEqual(['rlm_query', 3]);
    expect(read.iterations[2]?.calls[3]?.contextSpans).toMatchObject([{ source: 'report.txt', start: 10, end: 14 }]);
    expect(call && subRun(call)?.depth).toBe(1);
  });

  it.each([
    null,
    undefined,
    'text',
    7,
    [],
    {},
    { schema: 3 },
    { schema: 'rlm.trace/1' },
    { schema: 'rlm.trace/1', iterations: 'x' }
  ])('refuses %j as malformed', data => {
    expect(readTrace(data).problem).toEqual({ kind: 'malformed' });
  });

  it('names the schema of a future trace', () => {
    expect(readTrace({ ...DATA, schema: 'rlm.trace/2' }).problem).toEqual({ kind: 'schema', found: 'rlm.trace/2' });
  });

  it('makes empty values of what is missing or of the wrong type', () => {
    const read = trace({
      iterations: [
        null,
        'x',
        {},
        { index: '3', calls: 'no', error: 7, variables: [], spans: [{ start_line: 9, end_line: 2 }] }
      ],
      evidence: 5,
      usage: null,
      coverage: { documents: [{ scanned: [[1], [3, 2], ['a', 'b'], [4, 6]] }] },
      documents: { a: 1 },
      seconds: NaN,
      future: { field: 1 }
    });
    expect(read.iterations.map(turn => [turn.index, turn.calls, turn.error])).toEqual([
      [1, [], null],
      [2, [], { type: '', message: '', line: null }].map((part, at) => (at === 2 ? null : part))
    ]);
    expect(read.iterations[1]?.spans[0]).toMatchObject({ start: 9, end: 9 });
    expect([read.evidence, read.documents, read.usage.calls, read.seconds]).toEqual([[], [], 0, 0]);
    expect(read.coverage?.documents[0]?.scanned).toEqual([[4, 6]]);
  });

  it('takes a sub-run that cannot be read for none', () => {
    const read = trace({
      iterations: [{ index: 1, calls: [{ id: 1, kind: 'rlm_query', trace: { schema: 'rlm.trace/9' } }] }]
    });
    const call = read.iterations[0]?.calls[0];
    expect(call && subRun(call)).toBeNull();
  });
});
