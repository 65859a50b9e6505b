import { describe, expect, it } from 'vitest';

import { add, ledger } from '../src/model/ledger';
import { DATA, trace } from './fixture';

const figures = (part: { model: string; depth: number; calls: number; promptTokens: number }): unknown[] => [
  part.model,
  part.depth,
  part.calls,
  part.promptTokens
];

describe('the ledger', () => {
  it('shows the sums of the trace', () => {
    const { parts, total, computed } = ledger(trace());
    expect(computed).toBe(false);
    expect(parts.reduce((sum, part) => sum + part.calls, 0)).toBe(total.calls);
    expect(parts.reduce((sum, part) => sum + part.promptTokens, 0)).toBe(total.promptTokens);
  });

  it('sums by model and by level', () => {
    const { byModel, byLevel, total } = ledger(trace());
    expect(byModel.map(part => part.model)).toEqual(['scripted', 'scripted-small']);
    expect(byLevel.map(part => part.depth)).toEqual([0, 1, 2]);
    for (const sums of [byModel, byLevel]) {
      expect(sums.reduce((sum, part) => sum + part.completionTokens, 0)).toBe(total.completionTokens);
    }
  });

  it('adds up the rows itself, to the same sums, where the trace has none', () => {
    const usage = { ...(DATA.usage as object), parts: [] };
    const own = ledger(trace({ usage }));
    expect(own.computed).toBe(true);
    expect(own.parts.map(figures)).toEqual(ledger(trace()).parts.map(figures));
  });

  it('leaves a cost unknown that nobody knows', () => {
    const { total } = ledger(trace());
    expect(total.cost).toBeNull();
    expect(add({ ...total, cost: 0.5 }, total).cost).toBe(0.5);
    expect(add({ ...total, estimated: true }, total).estimated).toBe(true);
  });
});
