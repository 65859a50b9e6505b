import { describe, expect, it } from 'vitest';

import { layOut, ticks } from '../src/model/timeline';
import type { Group } from '../src/model/timeline';
import { childrenOf } from '../src/model/tree';
import { large, trace } from './fixture';

const kinds = (groups: Group[]): string[] => groups.map(group => group.kind);

describe('the timeline', () => {
  it('has a group for each kind, in one order', () => {
    const { groups, estimated } = layOut(trace());
    expect(kinds(groups)).toEqual(['model', 'code', 'llm', 'run']);
    expect(groups.map(group => group.bars.length)).toEqual([4, 4, 4, 1]);
    expect(estimated).toBe(false);
  });

  it('ends when the run ends, and no bar is outside of it', () => {
    const read = trace();
    const { duration, groups } = layOut(read);
    expect(duration).toBeGreaterThan(read.iterations[3]!.started);
    expect(duration).toBeLessThanOrEqual(read.seconds);
    for (const bar of groups.flatMap(group => group.bars)) {
      expect(bar.start).toBeGreaterThanOrEqual(0);
      expect(bar.end).toBeGreaterThanOrEqual(bar.start);
      expect(bar.end).toBeLessThanOrEqual(duration);
    }
  });

  it('sums up what the iterations have used, one after the other', () => {
    const usage = (tokens: number, cost: number | null): object => ({
      calls: 2,
      prompt_tokens: tokens,
      completion_tokens: 1,
      cost
    });
    const { turns } = layOut(
      trace({
        iterations: [
          { index: 1, seconds: 1, usage: usage(10, 0.5) },
          { index: 2, started: 2, seconds: 1, usage: usage(20, 0.25) },
          { index: 5, started: 3, seconds: 1, usage: usage(30, null) },
          { index: 6, started: 4, seconds: 1, usage: {} }
        ]
      })
    );
    expect(turns.map(turn => turn.total)).toEqual([
      { iterations: 1, seconds: 1, tokens: 11, cost: 0.5, calls: 2 },
      { iterations: 2, seconds: 3, tokens: 32, cost: 0.75, calls: 4 },
      { iterations: 5, seconds: 4, tokens: 63, cost: null, calls: 6 },
      { iterations: 6, seconds: 5, tokens: 63, cost: null, calls: 6 }
    ]);
  });

  it('gives calls that overlap lanes of their own', () => {
    const { groups } = layOut(trace());
    const calls = groups.find(group => group.kind === 'llm')!;
    for (const a of calls.bars) {
      for (const b of calls.bars) {
        expect(a === b || a.lane !== b.lane || a.end <= b.start || b.end <= a.start).toBe(true);
      }
    }
    expect(calls.lanes).toBeGreaterThan(1);
  });

  it('marks what failed', () => {
    const code = layOut(trace()).groups.find(group => group.kind === 'code')!;
    expect(code.bars.map(bar => bar.failed)).toEqual([false, true, false, false]);
  });

  it('lays out a sub-run by itself', () => {
    const read = trace();
    const third = childrenOf(read, null)[2]!;
    const owner = childrenOf(read, third)[4]!;
    const { groups } = layOut(read, owner);
    expect(groups.flatMap(group => group.bars.map(bar => bar.id))).toEqual(['3.5.1', '3.5.1', '3.5.1.6']);
  });

  it('puts one after the other where no times were kept', () => {
    const turn = { code: '1', seconds: 2, model_usage: { seconds: 0.5 } };
    const { groups, duration, estimated } = layOut(trace({ iterations: [turn, turn, turn] }));
    expect([estimated, duration]).toEqual([true, 6]);
    expect(groups[1]?.bars.map(bar => bar.start)).toEqual([0.5, 2.5, 4.5]);
  });

  it('bounds lanes and bars', () => {
    const { groups } = layOut(large(10, 1000));
    const calls = groups.find(group => group.kind === 'llm')!;
    expect(calls.lanes).toBeLessThanOrEqual(10);
    expect(calls.bars.length).toBeLessThanOrEqual(3_000);
    expect(calls.bars.reduce((sum, bar) => sum + bar.joined, 0)).toBe(10_000);
  });

  it('keeps every bar of a thousand calls', () => {
    expect(layOut(large(10, 100)).groups.find(group => group.kind === 'llm')!.bars.length).toBe(1000);
  });

  it('survives a run without anything', () => {
    expect(layOut(trace({ iterations: [] }))).toMatchObject({ duration: 0, groups: [] });
  });

  it.each([
    [0.7, [0, 0.2, 0.4, 0.6]],
    [60, [0, 10, 20, 30, 40, 50, 60]],
    [0, [0]],
    [NaN, [0]]
  ])('has round marks for %d seconds', (duration, expected) => {
    const found = ticks(duration);
    expect(found.map(at => Math.round(at * 1e6) / 1e6)).toEqual(expected);
  });
});
