/**
 * Where the bars of a timeline stand: pure arithmetic in seconds, no pixels.
 *
 * One run is one timeline: its model's replies, its code, and the calls of that code, which may overlap and so have
 * lanes. What a sub-run did is its own timeline.
 */

import { childrenOf } from './tree';
import type { CallNode, IterationNode, TreeNode } from './tree';
import type { Trace, Usage } from './trace';

export type BarKind = 'model' | 'code' | 'llm' | 'run' | 'tool';

export interface Bar {
  kind: BarKind;
  /** The row that the bar stands for. */
  id: string;
  start: number;
  end: number;
  /** 0 for the first lane of its kind. */
  lane: number;
  failed: boolean;
  /** How many bars were drawn as one because they would have been too close to tell apart. */
  joined: number;
}

export interface Group {
  kind: BarKind;
  lanes: number;
  bars: Bar[];
}

/** What a run has used of what its limits count, up to the end of an iteration; a `cost` of null is not known. */
export interface Totals {
  iterations: number;
  seconds: number;
  tokens: number;
  cost: number | null;
  calls: number;
}

/** An iteration with what it has cost, sub-calls and sub-runs included. */
export interface Turn {
  id: string;
  index: number;
  start: number;
  end: number;
  usage: Usage;
  total: Totals;
}

export interface Timeline {
  turns: Turn[];
  /** Seconds from the run's beginning to the end of the last bar. */
  duration: number;
  groups: Group[];
  /** Whether the trace holds no times of beginning, so that everything was put one after the other. */
  estimated: boolean;
}

const KINDS: BarKind[] = ['model', 'code', 'llm', 'run', 'tool'];
const MOST_LANES = 10;
const MOST_BARS = 3_000;

/** The kind of bar that a call is. */
export function kindOf(kind: string): BarKind {
  return kind.startsWith('rlm_query') ? 'run' : kind.startsWith('llm_query') ? 'llm' : 'tool';
}

/** Lay out one run: the root run, or the one that `owner` (a call) began. */
export function layOut(trace: Trace, owner: TreeNode | null = null): Timeline {
  const iterations = childrenOf(trace, owner) as IterationNode[];
  const estimated = !hasTimes(iterations);
  const bars: Bar[] = [];
  const turns: Turn[] = [];
  let total: Totals = { iterations: 0, seconds: 0, tokens: 0, cost: 0, calls: 0 };
  let clock = 0;
  for (const node of iterations) {
    const { iteration } = node;
    const start = estimated ? clock : iteration.started;
    const calls = childrenOf(trace, node) as CallNode[];
    const asked = Math.max(0, Math.min(iteration.modelUsage.seconds, iteration.seconds));
    const bar = (kind: BarKind, from: number, to: number, id = node.id, failed = false): void => {
      bars.push({ kind, id, start: from, end: Math.max(from, to), lane: 0, failed, joined: 1 });
    };
    bar('model', start, start + asked);
    if (iteration.code !== null) {
      bar('code', start + asked, start + iteration.seconds, node.id, iteration.error !== null);
    }
    let at = start + asked;
    for (const { call, id } of calls) {
      const from = estimated || call.started === 0 ? at : call.started;
      bar(kindOf(call.kind), from, from + call.seconds, id, call.error !== null);
      at = Math.max(at, from + call.seconds);
    }
    clock = Math.max(start + iteration.seconds, estimated ? at : 0);
    const { usage, index } = iteration;
    const isUnknown = total.cost === null || (usage.cost === null && usage.calls > 0);
    total = {
      iterations: index,
      seconds: clock,
      tokens: total.tokens + usage.promptTokens + usage.completionTokens,
      cost: isUnknown ? null : (total.cost ?? 0) + (usage.cost ?? 0),
      calls: total.calls + usage.calls
    };
    turns.push({ id: node.id, index, start, end: clock, usage, total });
  }
  const groups = KINDS.map(kind => group(kind, bars)).filter(each => each.bars.length > 0);
  const duration = bars.reduce((latest, bar) => Math.max(latest, bar.end), 0);
  return { duration, groups: groups.map(each => coarser(each, duration)), turns, estimated };
}

function hasTimes(iterations: IterationNode[]): boolean {
  const later = iterations.slice(1);
  return later.length === 0 || later.some(({ iteration }) => iteration.started > 0);
}

function group(kind: BarKind, all: Bar[]): Group {
  const bars = all.filter(bar => bar.kind === kind).sort((a, b) => a.start - b.start);
  const ends: number[] = [];
  for (const bar of bars) {
    let lane = ends.findIndex(end => end <= bar.start);
    if (lane < 0 && ends.length < MOST_LANES) {
      lane = ends.length;
    } else if (lane < 0) {
      lane = ends.indexOf(Math.min(...ends));
    }
    bar.lane = lane;
    ends[lane] = Math.max(ends[lane] ?? 0, bar.end);
  }
  return { kind, lanes: Math.max(1, ends.length), bars };
}

/** Bars of one lane that begin closer together than anybody can see become one, where there are very many. */
function coarser(group: Group, duration: number): Group {
  if (group.bars.length <= MOST_BARS) {
    return group;
  }
  const close = duration / (MOST_BARS / group.lanes);
  const last: (Bar | undefined)[] = [];
  const bars: Bar[] = [];
  for (const bar of group.bars) {
    const before = last[bar.lane];
    if (before && bar.start - before.start < close) {
      before.end = Math.max(before.end, bar.end);
      before.failed ||= bar.failed;
      before.joined += bar.joined;
    } else {
      last[bar.lane] = bar;
      bars.push(bar);
    }
  }
  return { ...group, bars };
}

/** Round marks for the axis: at most `most`, from 0, in steps of 1, 2 or 5 times a power of ten. */
export function ticks(duration: number, most = 6): number[] {
  if (!(duration > 0)) {
    return [0];
  }
  const rough = duration / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find(factor => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(duration / step + 1e-9) + 1 }, (_, index) => index * step);
}
