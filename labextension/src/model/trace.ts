/**
 * The trace as the Python package writes it (`rlm_kernel/trace.py`), read from data that nobody has checked.
 *
 * Whatever is missing or of the wrong type becomes an empty value, so that the views need no checks of their own.
 * Sub-runs are read when they are asked for (`subRun`): a tree may be deep and large.
 */

export const MIME_TYPE = 'application/vnd.rlm.trace.v1+json';
export const SCHEMA = 'rlm.trace/1';

export type Json = unknown;

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

export interface Trace {
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
  value: Json;
  bestGuess: boolean;
  evidence: Evidence[];
  grounding: Grounding[];
  coverage: Coverage | null;
  usage: Usage;
  parts: UsagePart[];
  /** Whether the run can be forked: it has ended, its seed and clock are kept, and it is no follow-up question. */
  forkable: boolean;
  /** Which fields this copy of the trace has shortened. */
  elided: string[];
  started: string;
  seconds: number;
}

/** Why data is no trace that can be shown: it is no object at all, or it is of another schema (`found`). */
export type Problem = { kind: 'malformed' } | { kind: 'schema'; found: string };

export type Reading = { trace: Trace; problem?: undefined } | { trace?: undefined; problem: Problem };

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

function toTrace(data: Record<string, Json>): Trace {
  const usage = record(data.usage);
  return {
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
    value: data.value ?? null,
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
    forkable: data.status !== 'running' && isRecord(data.determinism) && !isFollowUp(data),
    elided: texts(data.elided),
    started: text(data.started),
    seconds: number(data.seconds)
  };
}

function isFollowUp(data: Record<string, Json>): boolean {
  const earlier = record(data.earlier);
  return text(earlier.digest) !== '' || (Array.isArray(earlier.cells) && earlier.cells.length > 0);
}

function toDocument(data: Record<string, Json>): DocumentInfo {
  return {
    name: text(data.name),
    source: text(data.source),
    sha256: text(data.sha256),
    chars: number(data.chars),
    lines: number(data.lines),
    size: number(data.size),
    encoding: text(data.encoding),
    format: text(data.format),
    converter: text(data.converter)
  };
}

function toIteration(data: Record<string, Json>, position: number): Iteration {
  const variables = record(data.variables);
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

function toCall(data: Record<string, Json>, position: number): Call {
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

function toSpan(data: Record<string, Json>): Span {
  const start = number(data.start_line, 1);
  return {
    tool: text(data.tool),
    source: text(data.source),
    start,
    end: Math.max(start, number(data.end_line, start))
  };
}

function toGrounding(data: Record<string, Json>): Grounding {
  const derivation = record(data.derivation);
  return {
    path: text(data.path),
    parts: list(data.parts, toPart),
    steps: list(derivation.steps, step => ({
      iteration: number(step.iteration),
      line: number(step.line),
      code: text(step.code)
    })),
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
function toPart(data: Record<string, Json>): Grounding {
  return toGrounding({ ...data, parts: [] });
}

function toCoverage(data: Record<string, Json>): Coverage {
  return {
    documents: list(data.documents, item => ({
      source: text(item.source),
      lines: number(item.lines),
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

function toUsage(data: Record<string, Json>): Usage {
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

function isRecord(data: Json): data is Record<string, Json> {
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
