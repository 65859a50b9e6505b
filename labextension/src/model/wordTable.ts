// Generated from rlm_kernel/trace/words.py by labextension/trace_types.py: do not edit.

/** [verdict, sign, words] */
export const VERDICTS: [string, string, string][] = [
  ['document', '✓', 'quoted from the document'],
  ['computed', '=', 'computed'],
  ['sub-model', '◇', 'said by a sub-model'],
  ['typed', '✎', 'typed by the model, but shown'],
  ['ungrounded', '✗', 'FOUND NOWHERE'],
  ['absent', '∅', 'absent'],
  ['prose', '¶', 'prose, checked only as far as its names and figures']
];

/** [verdict, words], the worst first */
export const BANNER: [string, string][] = [
  ['ungrounded', 'found nowhere'],
  ['document', 'in the document'],
  ['computed', 'computed'],
  ['sub-model', 'said by a sub-model'],
  ['typed', 'typed by the model'],
  ['absent', 'absent'],
  ['prose', 'prose not checked']
];

/** [kind, words] */
export const COVERAGE: [string, string][] = [
  ['searched', 'searched'],
  ['scanned', 'returned to code'],
  ['shown', 'shown to the model'],
  ['sent', 'sent to a sub-model'],
  ['untouched', 'never touched']
];
