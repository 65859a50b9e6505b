/** The trace that the Python package wrote (see `tests/labextension/make_fixture.py`), and changes to it. */

import data from './trace.json';
import { readTrace } from '../src/model/trace';
import type { Trace } from '../src/model/trace';

export const DATA: Record<string, unknown> = data;

/** The fixture, with some of its fields replaced. */
export function trace(changes: Record<string, unknown> = {}): Trace {
  const reading = readTrace({ ...DATA, ...changes });
  if (!reading.trace) {
    throw new Error(`the fixture cannot be read: ${JSON.stringify(reading.problem)}`);
  }
  return reading.trace;
}

/** A trace of `turns` iterations with `calls` calls each. */
export function large(turns: number, calls: number): Trace {
  const call = (id: number, turn: number): object => ({
    id,
    kind: 'llm_query_batched',
    prompt: `prompt ${id}`,
    response: 'yes',
    started: turn + 0.1,
    seconds: 0.5
  });
  const iterations = Array.from({ length: turns }, (_, turn) => ({
    index: turn + 1,
    code: 'pass',
    started: turn,
    seconds: 1,
    calls: Array.from({ length: calls }, (_, number) => call(turn * calls + number + 1, turn))
  }));
  return trace({ iterations });
}

/** A chain of sub-runs, one in the other. */
export function deep(levels: number): Trace {
  let inner: Record<string, unknown> = { ...DATA, depth: levels, iterations: [{ index: 1, code: 'FINAL("deepest")' }] };
  for (let depth = levels - 1; depth >= 0; depth--) {
    inner = {
      ...DATA,
      depth,
      iterations: [{ index: 1, code: '', calls: [{ id: 1, kind: 'rlm_query', trace: inner }] }]
    };
  }
  return trace({ iterations: inner.iterations });
}
