/** What a run tree has cost, by model and level, with the sums; the trace's own figures where it has them. */

import { everyNode } from './tree';
import { subRun } from './trace';
import type { Trace, Usage, UsagePart } from './trace';

export interface Ledger {
  parts: UsagePart[];
  byModel: UsagePart[];
  byLevel: UsagePart[];
  total: Usage;
  /** Whether the parts were summed here, because the trace has none. */
  computed: boolean;
}

const NOTHING: Usage = {
  calls: 0,
  retries: 0,
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  cost: null,
  seconds: 0,
  estimated: false
};

/** The ledger of the whole tree. */
export function ledger(trace: Trace): Ledger {
  const computed = trace.parts.length === 0;
  const parts = computed ? summed(trace) : trace.parts;
  return {
    parts,
    byModel: grouped(parts, part => part.model).map(part => ({ ...part, depth: -1 })),
    byLevel: grouped(parts, part => String(part.depth)).map(part => ({ ...part, model: '' })),
    total: trace.usage.calls > 0 ? trace.usage : parts.reduce(add, NOTHING),
    computed
  };
}

/** The sum of two usages; a cost that is unknown on both sides stays unknown. */
export function add(a: Usage, b: Usage): Usage {
  return {
    calls: a.calls + b.calls,
    retries: a.retries + b.retries,
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    cost: a.cost === null && b.cost === null ? null : (a.cost ?? 0) + (b.cost ?? 0),
    seconds: a.seconds + b.seconds,
    estimated: a.estimated || b.estimated
  };
}

// The same rows as `Trace.calls` of the Python package: a sub-run has none of its own, its calls have theirs.
function summed(trace: Trace): UsagePart[] {
  const rows: UsagePart[] = [];
  for (const node of everyNode(trace)) {
    if (node.type === 'iteration') {
      rows.push({ ...node.iteration.modelUsage, model: node.run.model, depth: node.run.depth });
    } else if (!subRun(node.call)) {
      rows.push({ ...node.call.usage, model: node.call.model, depth: node.run.depth });
    }
  }
  return grouped(
    rows.filter(row => row.calls > 0 || row.seconds > 0),
    row => `${row.depth} ${row.model}`
  );
}

function grouped(parts: UsagePart[], key: (part: UsagePart) => string): UsagePart[] {
  const groups = new Map<string, UsagePart>();
  for (const part of parts) {
    const before = groups.get(key(part));
    groups.set(key(part), before ? { ...before, ...add(before, part) } : part);
  }
  return [...groups.values()];
}
