// Generated from rlm_kernel/trace/records.py by labextension/trace_types.py: do not edit.

export type JsonValue = unknown;

/**
 * One call of a sub-model, one whole sub-run (with its `trace`), or one call of a user's tool.
 *
 * `id` is unique in the run tree. `line` is that of the cell's code which asked (1-based; the
 * cell's own word). `prompt` is the sub-run's question, or the tool's arguments; `context_spans`
 * are the document's lines that were sent, found by the parent in its own copy. `response` is the
 * reply (of a sub-run, its value as JSON). `cached`: an identical call had been answered before,
 * nothing was sent. `note` says what else the user should know. `started` is in seconds since the
 * run began. `usage` of a sub-run is that of all it did.
 */
export interface Call {
  id: number;
  kind: 'llm_query' | 'llm_query_batched' | 'rlm_query' | 'rlm_query_batched' | 'tool';
  model: string;
  name: string;
  line: number | null;
  prompt: string;
  context_spans: Span[];
  response: string | null;
  trace: Trace | null;
  error: string | null;
  cached: boolean;
  note: string;
  usage: Usage;
  started: number;
  seconds: number;
}

/**
 * An exception of the model's code: its type's name, its message, the line of the cell (1-based)
 * if known.
 */
export interface CodeError {
  type: string;
  message: string;
  line: number | null;
}

/**
 * How certain an answer is, from 0 to 1, by what is known without knowing the right answer.
 *
 * `factors` are what lowered it: (what, factor). Their product is an order, no probability, and is
 * the score where nothing was measured. Where it was, `calibrated` is True, and the score is the
 * share of right answers among those that had as much against them (`measured`). `least` is the
 * `min_confidence` that was asked for; below it the value is `withheld`.
 */
export interface Confidence {
  score: number;
  factors: [string, number][];
  calibrated: boolean;
  measured: Reliability | null;
  least: number | null;
  withheld: JsonValue;
}

/**
 * What a run has looked at: the intervals of each document, and the shares of all lines (0 to 1).
 *
 * `searched`: a tool ran over the line, whether or not it found something (None: a trace of 0.1.0,
 * which does not tell); `scanned`: returned to code. `untouched`: none of all that. `inherited` is
 * what the variables of earlier questions that the run used rest on; those lines are not
 * untouched. `exact` is False where intervals that are close together were joined to keep this
 * short, or where there was too much to look for among what was shown.
 */
export interface Coverage {
  documents: CoveredLines[];
  searched: number | null;
  scanned: number;
  shown: number;
  sent: number;
  untouched: number;
  inherited: Inherited[];
  exact: boolean;
}

/**
 * What was done with the lines of one document (1-based, inclusive): searched by a tool, handed to
 * code (`scanned`), shown to the root model, sent to a sub-model. Intervals are merged.
 */
export interface CoveredLines {
  source: string;
  lines: number;
  searched: [number, number][];
  scanned: [number, number][];
  shown: [number, number][];
  sent: [number, number][];
}

/**
 * How a value came about: the lines of code, the lines of the documents that they worked on, the
 * calls of sub-models and tools, and the constants of the code that took part (`typed`). Read off
 * the code, never run.
 */
export interface Derivation {
  steps: Step[];
  spans: Span[];
  calls: number[];
  typed: string[];
}

/**
 * What the code's random numbers, clock and orders follow from: `seed`, the `clock`'s start (ISO
 * 8601), and the `hash_seed` of the sub-kernel's texts (None: random). `named` is what follows
 * from none of them, in words.
 */
export interface Determinism {
  seed: number;
  clock: string;
  hash_seed: number | null;
  named: string[];
}

/**
 * Where two solves part: the lines that only one of them used, and the first search or code that
 * differs.
 */
export interface Divergence {
  only_first: UsedLine[];
  only_second: UsedLine[];
  first_step: string;
  second_step: string;
}

/**
 * One document of the context: `sha256` of its UTF-8 text, its size in characters, in lines and in
 * bytes.
 *
 * `encoding` is that of the bytes it was read from; `format` and `converter` say what a file that
 * was no plain text was, and what made text of it; `newlines` how its lines ended (`CRLF`, `CR`,
 * `mixed`) before they ended in line feeds. They are empty where there is nothing to say. `places`
 * say where its lines stand in the file that the user has: (first line, label, number), see
 * `rlm_kernel.document.places.Places`.
 */
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
  newlines: string;
  places: ([number, string, number | null])[];
}

/**
 * What ran in the sub-kernel before this question of a session: the run with this `digest` (empty:
 * none), then `cells` of the user's own; and what the `variables` that were left rest on.
 */
export interface Earlier {
  digest: string;
  cells: string[];
  variables: EarlierVariable[];
}

/**
 * A variable that an earlier question of the session has left: the lines of the documents that it
 * rests on, and whether it was `computed` from them.
 */
export interface EarlierVariable {
  name: string;
  spans: Span[];
  computed: boolean;
}

/**
 * A share, a count or a mean of the labels of all `texts` (of one `group` of them), as far as a
 * check tells.
 *
 * `value` is what labels and check say together, `labelled` what the labels alone say. `low` and
 * `high` are the ends of the interval at `level`; they are None without a check. `unlabelled`
 * texts got no label; of `checked` labels `agreed` were found right. `promises` are pairs of a
 * number of checks and the half-width that they would give if nine of ten labels are right.
 */
export interface Estimate {
  labelling: number;
  statistic: 'share' | 'count' | 'mean';
  of: string | null;
  group: string | null;
  value: number;
  labelled: number;
  low: number | null;
  high: number | null;
  level: number;
  texts: number;
  unlabelled: number;
  checked: number;
  agreed: number;
  checked_by: '' | 'known' | 'model' | 'person';
  checker: string;
  drawn: boolean;
  promises: [number, number][];
}

/**
 * A line that the model named as evidence; `text` is the parent's own copy of it, None if there is
 * no such line. `place` is where it stands in the file that the user has ("page 47"; empty: the
 * line number says all).
 */
export interface Evidence {
  source: string;
  line: number;
  text: string | null;
  place: string;
}

/**
 * Where one value of the answer (at `path`, such as `orders[2].price`; empty: the answer itself)
 * comes from.
 *
 * `verdict`: `document` (quoted from `lines` of `source`), `computed` (by `iteration`; see
 * `derivation`), `sub-model` (in the reply to `call`), `typed` (by the model, and shown by the
 * output of `iteration`, None: by the question), `ungrounded` (nowhere), `absent` (there is no
 * value; `searches` are those that found nothing), `prose` (the model's own words). `parts` are
 * the figures and names of a text that was not found as a whole, with a verdict each. `place` is
 * where the first of the lines stands in the file that the user has ("page 47"; empty: the line
 * number says all).
 */
export interface Grounding {
  item: string;
  kind: 'number' | 'date' | 'quotation' | 'text';
  verdict: 'document' | 'computed' | 'sub-model' | 'typed' | 'ungrounded' | 'absent' | 'prose';
  source: string | null;
  lines: number[];
  iteration: number | null;
  call: number | null;
  path: string;
  parts: Grounding[];
  derivation: Derivation | null;
  searches: Searched[];
  place: string;
}

/**
 * Lines of one document that a variable of an earlier question, which this run used, rests on.
 */
export interface Inherited {
  variable: string;
  source: string;
  lines: [number, number][];
}

/**
 * One iteration: what the model said, the code that ran, what came back.
 *
 * `output` is what the cell printed and echoed, up to the sub-kernel's own bound; `output_chars`
 * is its true length. `notes` are the remarks that the loop added for the model (advice, hints).
 * `code` is None when there was none. `executed` is False for code that could not run (its error
 * says why). `output_sha256` is that of the whole output; it is empty where the run was cut off
 * before the cell had ended. `requests` are what the cell asked of the parent. `reads` are the
 * variables of earlier cells that the code uses, `writes` those that it sets, read off the code;
 * `searches` are those that its tools made, as the sub-kernel tells. `usage` is of the whole
 * iteration, sub-calls and sub-runs included; `model_usage` is the root model's part of it, and
 * `cached` whether its reply came from the cache. `started` is in seconds since the run began.
 */
export interface Iteration {
  index: number;
  reply: string;
  reasoning: string;
  code: string | null;
  repairs: Repair[];
  output: string;
  output_chars: number;
  output_sha256: string;
  executed: boolean;
  error: CodeError | null;
  lost_state: boolean;
  notes: string[];
  variables: Variables;
  spans: Span[];
  calls: Call[];
  requests: Request[];
  reads: string[];
  writes: string[];
  searches: Searched[];
  usage: Usage;
  model_usage: Usage;
  cached: boolean;
  started: number;
  seconds: number;
}

/**
 * The labels that `model` gave to texts, and the spot-check of them.
 *
 * `given` has for each text the position of its label in `labels`, -1 where the model gave none.
 * The text of number n is in the prompt of the call `calls[n // per_call]`. `checks` are pairs of
 * a text's number and the position of the label that the check found, made by `checked_by`: labels
 * that were `known`, a `model` (its name is `checker`), or a `person`. `drawn` is False where the
 * checked texts were not drawn here, so that nobody knows whether by chance.
 */
export interface Labelling {
  id: number;
  iteration: number;
  line: number | null;
  model: string;
  labels: string[];
  instructions: string;
  given: number[];
  calls: number[];
  per_call: number;
  checks: [number, number][];
  checked_by: '' | 'known' | 'model' | 'person';
  checker: string;
  seed: number;
  drawn: boolean;
}

/**
 * The run that this one is a fork of: its `digest`, and the `iteration` that was made anew.
 */
export interface Parent {
  digest: string;
  iteration: number;
}

/**
 * How often answers that had as much against them were right, where that was measured with the
 * same weights and settings.
 *
 * `right` of `answers`, the product of whose factors was from `least` up to `most`, to seeded
 * questions about documents of `chars` characters; `low` and `high` are the ends of Wilson's 95 %
 * interval of that share.
 */
export interface Reliability {
  least: number;
  most: number;
  answers: number;
  right: number;
  low: number;
  high: number;
  chars: number;
}

/**
 * A change of the code before it ran: its `kind` is one of `engine.repair.KINDS`, or `edited` (by
 * the user).
 */
export interface Repair {
  kind: string;
  before: string;
  after: string;
}

/**
 * One request of a cell to the parent, in their order: `method`, and the SHA-256 of its
 * parameters.
 *
 * `calls` are the ids of the calls that it led to, `refusal` what the cell was told instead of a
 * result; `cut`: the cell ended before there was a result.
 */
export interface Request {
  method: string;
  sha256: string;
  calls: number[];
  refusal: string | null;
  cut: boolean;
}

/**
 * A condition by which rows of the answer were chosen, where it is not that of the question.
 *
 * `unasked`: the `pattern` has a `word` that the question does not have, and `count` lines that
 * were not taken match it but for that. `unheeded`: the question has the `word`, the code does
 * not, and `count` of the lines that the pattern finds have something else in its place; of a day
 * (0 lines) the code has another one. `single`: the question asks to add up (`word`), and one line
 * was taken. `counted`: it asks how many of a unit (`word`), and the `count` lines themselves were
 * counted. `unread`: the question has the `word`, which stands in `count` lines of another
 * document about the same things as the rows, and in none of theirs. `mixed`: some of the lines
 * that the pattern finds have the `word`, and `count` say another thing of the same. `other-name`:
 * the question has the name `word`, which is in none of the `count` lines that have the answer.
 * `passed-over`: the answer is that it is not stated, and `count` lines have the names and most of
 * the other words of the question. `unused`: the code reads a number under the name `pattern`,
 * which has the `word` of the question, and does not use it. `source`, `line` and `text` are one
 * of these lines, if there are any.
 */
export interface RowCondition {
  kind: 'unasked' | 'unheeded' | 'single' | 'counted' | 'unread' | 'mixed' | 'other-name' | 'passed-over' | 'unused';
  word: string;
  pattern: string;
  count: number;
  source: string;
  line: number;
  text: string;
}

/**
 * A search that a cell made: the `tool`, its `pattern`, the document (`source`, None: all) and how
 * many `hits` it had. `end_line`: it went no further than this line (of `end_source`), since it
 * had enough.
 */
export interface Searched {
  tool: string;
  pattern: string;
  source: string | null;
  hits: number;
  line: number | null;
  end_source: string | null;
  end_line: number | null;
}

/**
 * One solve of the question: `first` is this run itself, `blind` has not seen another,
 * `reconciling` has seen two.
 *
 * `call` is the call of the trace that holds its run (None: this run). `lines` are the lines that
 * its answer rests on: (source, first line, last line).
 */
export interface Solve {
  role: 'first' | 'blind' | 'reconciling';
  call: number | null;
  model: string;
  status: string;
  value: JsonValue;
  lines: [string, number, number][];
}

/**
 * Lines of one document (1-based, inclusive) that a tool returned to the code; `line` is that of
 * the cell's code which called it (1-based, the cell's own word; None: not known).
 */
export interface Span {
  tool: string;
  source: string;
  start_line: number;
  end_line: number;
  line: number | null;
}

/**
 * A line of a cell's code through which a value has gone: the `iteration`, the line (1-based), its
 * text.
 */
export interface Step {
  iteration: number;
  line: number;
  code: string;
}

/**
 * A run, whole. `notices` are what every face must say beside the answer (RECORDED, small local
 * model ...).
 *
 * `fingerprint` is the documents' (see `Document.fingerprint`); `unchanged`: whether the bytes
 * that the sub-kernel read still had it when the run ended, None where it did not end or nobody
 * could tell. `depth` is 0 for the root run; a sub-run's trace is in the `Call` that began it.
 * `shape` is what `context` was: a text, a mapping or a list of texts, or records.
 * `grounding_rules` is 2 where every value of the answer has a verdict of its own, 1 in traces of
 * 0.1.0. `digest` is the SHA-256 of all the rest, set when the run ends (see `sealed`): it tells
 * an altered trace from one as it was made, not who made it. `labellings` and `estimates` are of
 * labels that a sub-model gave; `verification` is what further solves found, and `confidence` how
 * certain the answer is. `row_conditions` are those that rows of the answer were chosen by and
 * that are not the question's; None where they were not looked for. A shortened copy keeps the
 * digest, names under `elided` the fields that it has shortened, and has a `copy_digest` of its
 * own.
 */
export interface Trace {
  schema: 'rlm.trace/1';
  question: string;
  model: string;
  sub_model: string | null;
  depth: number;
  settings: Record<string, JsonValue>;
  documents: DocumentInfo[];
  shape: string;
  fingerprint: string;
  unchanged: boolean | null;
  determinism: Determinism | null;
  parent: Parent | null;
  earlier: Earlier | null;
  isolation: Record<string, JsonValue>;
  notices: string[];
  iterations: Iteration[];
  status: 'running' | 'answered' | 'exhausted' | 'stopped' | 'failed' | 'disputed' | 'uncertain';
  reason: string;
  value: JsonValue;
  best_guess: boolean;
  evidence: Evidence[];
  grounding: Grounding[];
  grounding_rules: number;
  coverage: Coverage | null;
  row_conditions: RowCondition[] | null;
  labellings: Labelling[];
  estimates: Estimate[];
  verification: Verification | null;
  confidence: Confidence | null;
  usage: TreeUsage;
  started: string;
  seconds: number;
  versions: Record<string, string>;
  elided: string[];
  digest: string;
  copy_digest: string;
}

/**
 * What a whole run tree has cost; `parts` are the same sums by model and level.
 */
export interface TreeUsage {
  calls: number;
  retries: number;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
  cost: number | null;
  seconds: number;
  estimated: boolean;
  parts: UsagePart[];
}

/**
 * What was spent: counts of calls and tokens, `cost` in the currency of the user's prices (None:
 * unknown).
 *
 * `retries` are further requests of the same calls, so that an endpoint has counted `calls +
 * retries`. `cached_tokens` are those of the prompt tokens that the endpoint took from its own
 * cache.
 */
export interface Usage {
  calls: number;
  retries: number;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
  cost: number | null;
  seconds: number;
  estimated: boolean;
}

/**
 * What one model has cost on one level of a run tree; `depth` 0 is the root run's.
 */
export interface UsagePart {
  calls: number;
  retries: number;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
  cost: number | null;
  seconds: number;
  estimated: boolean;
  model: string;
  depth: number;
}

/**
 * A line of a document that one solve used and another did not.
 */
export interface UsedLine {
  source: string;
  line: number;
  text: string;
}

/**
 * The variables that a cell added or changed: name -> a short description such as `list, 12
 * items`.
 */
export interface Variables {
  added: Record<string, string>;
  changed: Record<string, string>;
}

/**
 * What came of further solves: `agreement` is `agreed` (all values are the same), `majority` (of
 * the votes), `reconciled` (two differed, and a run that saw both confirmed one of them),
 * `disputed` (nobody knows which is right; the answer is withheld), `unverified` (there was no
 * second answer; `reason` says why).
 *
 * `agreeing` of `answered` solves have the value of the answer. `same_lines` tells whether the
 * first two rest on the same lines (None: one of them does not tell). `disputed` are the values
 * that were given for the question.
 */
export interface Verification {
  mode: string;
  agreement: 'agreed' | 'majority' | 'reconciled' | 'disputed' | 'unverified';
  agreeing: number;
  answered: number;
  same_lines: boolean | null;
  solves: Solve[];
  disputed: JsonValue[];
  divergence: Divergence | null;
  reason: string;
}
