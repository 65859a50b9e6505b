/**
 * The view model as the Python package writes it (`rlm_kernel/render/view_model.py`): a trace, whose fields are those of
 * `traceSchema.ts`, and what a display keeps beside it. It is read from data that nobody has checked.
 *
 * Whatever is missing or of the wrong type becomes an empty value, so that the views need no checks of their own.
 * Sub-runs are read when they are asked for (`subRun`): a tree may be deep and large.
 */

import type * as schema from './traceSchema';

import { orderedValue, plainValue } from './answer';
import type { Value } from './answer';

export const MIME_TYPE = 'application/vnd.rlm.trace.v1+json';
export const SCHEMA = 'rlm.trace/1';

export type Json = unknown;

/** Data that should have the fields of a record of the schema; a name that is none of them is an error of the compiler. */
type Raw<T> = { [K in keyof T]?: Json };

export interface Usage {
  calls: number;
  retries: number;
  promptTokens: number;
  completionTokens: number;
  cachedTokens: number;
  cost: number | null;
  seconds: number;
  estimated: boolean;
}

export interface UsagePart extends Usage {
  model: string;
  depth: number;
}

export interface DocumentInfo {
  name: string;
  source: string;
  sha256: string;
  chars: number;
  lines: number;
  size: number;
  encoding: string;
  format: string;
  converter: string;
  /** Where its lines stand in the user's file: (first line, label, number), each valid up to the next. */
  places: [number, string, number | null][];
}

export interface Span {
  tool: string;
  source: string;
  start: number;
  end: number;
}

export interface Repair {
  kind: string;
  before: string;
  after: string;
}

export interface CodeError {
  type: string;
  message: string;
  line: number | null;
}

export interface Call {
  id: number;
  kind: string;
  model: string;
  name: string;
  line: number | null;
  prompt: string;
  contextSpans: Span[];
  response: string | null;
  /** The sub-run's trace as it came; `subRun` reads it. */
  rawTrace: Json;
  error: string | null;
  cached: boolean;
  note: string;
  usage: Usage;
  started: number;
  seconds: number;
}

export interface Iteration {
  index: number;
  reply: string;
  reasoning: string;
  code: string | null;
  repairs: Repair[];
  output: string;
  outputChars: number;
  error: CodeError | null;
  lostState: boolean;
  notes: string[];
  added: [string, string][];
  changed: [string, string][];
  spans: Span[];
  calls: Call[];
  usage: Usage;
  modelUsage: Usage;
  cached: boolean;
  started: number;
  seconds: number;
}

export interface Evidence {
  source: string;
  line: number;
  text: string | null;
}

export interface Grounding {
  item: string;
  kind: string;
  verdict: string;
  source: string | null;
  lines: number[];
  iteration: number | null;
  call: number | null;
  /** The way to the value within the answer. */
  path: string;
  /** The figures and names of a text, each with a verdict. */
  parts: Grounding[];
  /** The lines of code that a computed value went through. */
  steps: Step[];
  /** The lines of the documents that those worked on, the calls, and the constants of the code. */
  spans: Span[];
  calls: number[];
  typed: string[];
  /** The searches that found nothing. */
  searches: string[];
}

export interface Step {
  iteration: number;
  line: number;
  code: string;
}

export type Interval = [number, number];

export interface CoveredLines {
  source: string;
  lines: number;
  searched: Interval[];
  scanned: Interval[];
  shown: Interval[];
  sent: Interval[];
}

export interface Coverage {
  documents: CoveredLines[];
  /** null: a trace of 0.1.0, which does not tell. */
  searched: number | null;
  scanned: number;
  shown: number;
  sent: number;
  untouched: number;
  /** The variables of earlier questions that the run rests on. */
  inherited: string[];
  exact: boolean;
}

/** What a saved copy lacks: how many of what the run had, by name. */
export interface LeftOut {
  whole: Map<string, number>;
  /** How many sub-calls an iteration had, by its number. */
  calls: Map<number, number>;
  /** The file that has the whole trace; empty: none was written. */
  file: string;
}

/** A question of step mode. */
export interface Asking {
  /** Which question it is, to be sent back with the answer. */
  id: number;
  iteration: number;
  code: string | null;
  batch: string;
}

/** What is known of a run in progress beside its trace. */
export interface Live {
  phase: string;
  maxIterations: number;
  elapsed: number;
  begun: number;
  done: number;
  usage: Usage;
  /** The calls in flight, in a line each. */
  calls: string[];
  /** Why the model waited before it was asked again, the newest last. */
  waits: string[];
  asking: Asking | null;
  canStop: boolean;
}

export interface Trace {
  /** The SHA-256 of the whole trace, which a shortened copy has as well. */
  digest: string;
  question: string;
  model: string;
  subModel: string;
  depth: number;
  documents: DocumentInfo[];
  unchanged: boolean | null;
  isolation: Record<string, Json>;
  notices: string[];
  iterations: Iteration[];
  status: string;
  reason: string;
  value: Value;
  bestGuess: boolean;
  evidence: Evidence[];
  grounding: Grounding[];
  coverage: Coverage | null;
  usage: Usage;
  parts: UsagePart[];
  /** The digest of the run that this one is a fork of; empty: it is none. */
  parent: string;
  /** Whether the run can be forked: it has ended, its seed and clock are kept, and it is no follow-up question. */
  forkable: boolean;
  /** Which fields this copy of the trace has shortened. */
  elided: string[];
  started: string;
  seconds: number;
  settings: Record<string, Json>;
  leftOut: LeftOut;
  live: Live | null;
  /** Lines of the documents that an export carries along: `name:line` -> text. */
  lines: Map<string, string>;
  /** The auditor's pass that an export carries along, as it came; see `audit.ts`. */
  rawAudit: Json;
}

/** Why data is no trace that can be shown: it is no object at all, or it is of another schema (`found`). */
export type Problem = { kind: 'malformed' } | { kind: 'schema'; found: string };

export type Reading = { trace: Trace; problem?: undefined } | { trace?: undefined; problem: Problem };

/** The place of a line in the file that the user has: `page 47`; empty where it has none. */
export function placeOf(info: DocumentInfo | undefined, line: number): string {
  const row = info?.places.filter(([first]) => first <= line).pop();
  return row ? row[1].replaceAll('\0', String((row[2] ?? 0) + line - row[0])) : '';
}

/** Read a trace. Never throws. */
export function readTrace(data: Json): Reading {
  if (!isRecord(data)) {
    return { problem: { kind: 'malformed' } };
  }
  if (data.schema !== SCHEMA) {
    return typeof data.schema === 'string'
      ? { problem: { kind: 'schema', found: data.schema.slice(0, 80) } }
      : { problem: { kind: 'malformed' } };
  }
  if (!Array.isArray(data.iterations)) {
    return { problem: { kind: 'malformed' } };
  }
  return { trace: toTrace(data) };
}

const subRuns = new WeakMap<Call, Trace | null>();

/** The trace of the run that a call began; null where it began none, or none that can be read. */
export function subRun(call: Call): Trace | null {
  let known = subRuns.get(call);
  if (known === undefined) {
    known = readTrace(call.rawTrace).trace ?? null;
    subRuns.set(call, known);
  }
  return known;
}

function toTrace(data: Raw<schema.Trace> & { view?: Json }): Trace {
  const usage = record(data.usage) as Raw<schema.TreeUsage>;
  const view = record(data.view);
  return {
    digest: text(data.digest),
    question: text(data.question),
    model: text(data.model),
    subModel: text(data.sub_model),
    depth: number(data.depth),
    documents: list(data.documents, toDocument),
    unchanged: typeof data.unchanged === 'boolean' ? data.unchanged : null,
    isolation: record(data.isolation),
    notices: texts(data.notices),
    iterations: list(data.iterations, toIteration),
    status: text(data.status),
    reason: text(data.reason),
    value: ('value' in view ? orderedValue(view.value) : null) ?? plainValue(data.value ?? null),
    bestGuess: data.best_guess === true,
    evidence: list(data.evidence, item => ({
      source: text(item.source),
      line: number(item.line),
      text: textOrNull(item.text)
    })),
    grounding: list(data.grounding, toGrounding),
    coverage: isRecord(data.coverage) ? toCoverage(data.coverage) : null,
    usage: toUsage(usage),
    parts: list(usage.parts, part => ({ ...toUsage(part), model: text(part.model), depth: number(part.depth) })),
    parent: text((record(data.parent) as Raw<schema.Parent>).digest),
    forkable: data.status !== 'running' && isRecord(data.determinism) && !isFollowUp(data),
    elided: texts(data.elided),
    started: text(data.started),
    seconds: number(data.seconds),
    settings: record(data.settings),
    leftOut: { whole: counts<string>(view.whole), calls: counts<number>(view.calls), file: text(view.file) },
    live: isRecord(view.live) ? toLive(view.live) : null,
    lines: new Map([...mapped(view.lines)].filter((pair): pair is [string, string] => typeof pair[1] === 'string')),
    rawAudit: view.audit ?? null
  };
}

function toLive(data: Record<string, Json>): Live {
  const asking = isRecord(data.asking) ? data.asking : null;
  return {
    phase: text(data.phase),
    maxIterations: number(data.max_iterations),
    elapsed: number(data.elapsed),
    begun: number(data.begun),
    done: number(data.done),
    usage: toUsage(record(data.usage)),
    calls: texts(data.calls),
    waits: texts(data.waits),
    asking: asking && {
      id: number(asking.id),
      iteration: number(asking.iteration),
      code: textOrNull(asking.code),
      batch: text(asking.batch)
    },
    canStop: data.can_stop === true
  };
}

function isFollowUp(data: Raw<schema.Trace>): boolean {
  const earlier = record(data.earlier);
  return text(earlier.digest) !== '' || (Array.isArray(earlier.cells) && earlier.cells.length > 0);
}

function toDocument(data: Raw<schema.DocumentInfo>): DocumentInfo {
  return {
    name: text(data.name),
    source: text(data.source),
    sha256: text(data.sha256),
    chars: number(data.chars),
    lines: number(data.lines),
    size: number(data.size),
    encoding: text(data.encoding),
    format: text(data.format),
    converter: text(data.converter),
    places: (Array.isArray(data.places) ? data.places : []).filter(
      (row): row is [number, string, number | null] =>
        Array.isArray(row) && typeof row[0] === 'number' && typeof row[1] === 'string'
    )
  };
}

function toIteration(data: Raw<schema.Iteration>, position: number): Iteration {
  const variables = record(data.variables) as Raw<schema.Variables>;
  const error = isRecord(data.error) ? data.error : null;
  return {
    index: number(data.index, position + 1),
    reply: text(data.reply),
    reasoning: text(data.reasoning),
    code: textOrNull(data.code),
    repairs: list(data.repairs, item => ({
      kind: text(item.kind),
      before: text(item.before),
      after: text(item.after)
    })),
    output: text(data.output),
    outputChars: number(data.output_chars),
    error: error && { type: text(error.type), message: text(error.message), line: numberOrNull(error.line) },
    lostState: data.lost_state === true,
    notes: texts(data.notes),
    added: pairs(variables.added),
    changed: pairs(variables.changed),
    spans: list(data.spans, toSpan),
    calls: list(data.calls, toCall),
    usage: toUsage(record(data.usage)),
    modelUsage: toUsage(record(data.model_usage)),
    cached: data.cached === true,
    started: number(data.started),
    seconds: number(data.seconds)
  };
}

function toCall(data: Raw<schema.Call>, position: number): Call {
  return {
    id: number(data.id, position + 1),
    kind: text(data.kind) || 'call',
    model: text(data.model),
    name: text(data.name),
    line: numberOrNull(data.line),
    prompt: text(data.prompt),
    contextSpans: list(data.context_spans, toSpan),
    response: textOrNull(data.response),
    rawTrace: data.trace ?? null,
    error: textOrNull(data.error),
    cached: data.cached === true,
    note: text(data.note),
    usage: toUsage(record(data.usage)),
    started: number(data.started),
    seconds: number(data.seconds)
  };
}

function toSpan(data: Raw<schema.Span>): Span {
  const start = number(data.start_line, 1);
  return {
    tool: text(data.tool),
    source: text(data.source),
    start,
    end: Math.max(start, number(data.end_line, start))
  };
}

function toGrounding(data: Raw<schema.Grounding>): Grounding {
  const derivation = record(data.derivation) as Raw<schema.Derivation>;
  return {
    path: text(data.path),
    parts: list(data.parts, toPart),
    steps: list(derivation.steps, step => ({
      iteration: number(step.iteration),
      line: number(step.line),
      code: text(step.code)
    })),
    spans: list(derivation.spans, toSpan),
    calls: (Array.isArray(derivation.calls) ? derivation.calls : []).filter(each => typeof each === 'number'),
    typed: texts(derivation.typed),
    searches: list(data.searches, search => `${text(search.tool)}(${JSON.stringify(text(search.pattern))})`),
    item: text(data.item),
    kind: text(data.kind),
    verdict: text(data.verdict),
    source: textOrNull(data.source),
    lines: (Array.isArray(data.lines) ? data.lines : []).filter(line => typeof line === 'number'),
    iteration: numberOrNull(data.iteration),
    call: numberOrNull(data.call)
  };
}

/** A part has no parts of its own. */
function toPart(data: Raw<schema.Grounding>): Grounding {
  return toGrounding({ ...data, parts: [] });
}

function toCoverage(data: Raw<schema.Coverage>): Coverage {
  return {
    documents: list(data.documents, item => ({
      source: text(item.source),
      lines: number(item.lines),
      searched: intervals(item.searched),
      scanned: intervals(item.scanned),
      shown: intervals(item.shown),
      sent: intervals(item.sent)
    })),
    searched: numberOrNull(data.searched),
    inherited: [...new Set(list(data.inherited, item => text(item.variable)))],
    scanned: number(data.scanned),
    shown: number(data.shown),
    sent: number(data.sent),
    untouched: number(data.untouched, 1),
    exact: data.exact !== false
  };
}

function toUsage(data: Raw<schema.Usage>): Usage {
  return {
    calls: number(data.calls),
    retries: number(data.retries),
    promptTokens: number(data.prompt_tokens),
    completionTokens: number(data.completion_tokens),
    cachedTokens: number(data.cached_tokens),
    cost: numberOrNull(data.cost),
    seconds: number(data.seconds),
    estimated: data.estimated === true
  };
}

export function isRecord(data: Json): data is Record<string, Json> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function record(data: Json): Record<string, Json> {
  return isRecord(data) ? data : {};
}

function list<T>(data: Json, make: (item: Record<string, Json>, position: number) => T): T[] {
  return Array.isArray(data) ? data.filter(isRecord).map(make) : [];
}

function texts(data: Json): string[] {
  return Array.isArray(data) ? data.filter(item => typeof item === 'string') : [];
}

function pairs(data: Json): [string, string][] {
  return Object.entries(record(data)).map(([name, what]) => [name, text(what)]);
}

/** A list of pairs as a map; what is no pair is left out. */
function mapped(data: Json): Map<string | number, Json> {
  const pairs = (Array.isArray(data) ? data : []).filter(
    (pair): pair is [string | number, Json] =>
      Array.isArray(pair) && pair.length === 2 && (typeof pair[0] === 'string' || typeof pair[0] === 'number')
  );
  return new Map(pairs);
}

function counts<K extends string | number>(data: Json): Map<K, number> {
  return new Map([...mapped(data)].filter((pair): pair is [K, number] => typeof pair[1] === 'number'));
}

function intervals(data: Json): Interval[] {
  const made: Interval[] = [];
  for (const item of Array.isArray(data) ? data : []) {
    if (Array.isArray(item) && typeof item[0] === 'number' && typeof item[1] === 'number' && item[1] >= item[0]) {
      made.push([item[0], item[1]]);
    }
  }
  return made;
}

function text(data: Json): string {
  return typeof data === 'string' ? data : '';
}

function textOrNull(data: Json): string | null {
  return typeof data === 'string' ? data : null;
}

function number(data: Json, otherwise = 0): number {
  return typeof data === 'number' && Number.isFinite(data) ? data : otherwise;
}

function numberOrNull(data: Json): number | null {
  return typeof data === 'number' && Number.isFinite(data) ? data : null;
}
