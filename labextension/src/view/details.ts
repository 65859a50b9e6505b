/** One row of the tree, whole: code, output, errors, sub-calls, the lines that were looked at. */

import type { Below, Context } from '../context';
import { append, button, el, marked, svg } from '../dom';
import type { Child } from '../dom';
import { forkCell } from '../model/fork';
import { clean, cleanCode, count, oneLine, streamed } from '../model/text';
import { linkTo } from '../model/links';
import { subRun } from '../model/trace';
import type { Call, Iteration, Span, Trace } from '../model/trace';
import type { CallNode, IterationNode, TreeNode } from '../model/tree';
import { callFacts, iterationFacts, spanText, statusWord, usageText, wholeFileText } from './words';

const LIMIT = 12_000;
const MOST_ITEMS = 100;

export interface DetailsOptions {
  context: Context;
  trace: Trace;
  /** What is being searched for, to be marked. */
  query: string;
  /** Where a cell can be put now. */
  below: () => Below | null;
  /** Show a line of a document of the root run. */
  inspect: (source: string, line: number, endLine: number) => void;
  /** Select a row. */
  go: (row: string) => void;
}

export function details(node: TreeNode, options: DetailsOptions): HTMLElement {
  const parts = node.type === 'iteration' ? iteration(node, options) : call(node, options);
  return el('div', { class: 'jp-RlmDetails-body' }, ...parts);
}

function iteration(node: IterationNode, options: DetailsOptions): Child[] {
  const { trans } = options.context;
  const turn = node.iteration;
  return [
    header(node, trans.__('Iteration %1', turn.index), iterationFacts(trans, turn), options),
    ...prose(turn, options),
    turn.code !== null && code(turn, options),
    ...turn.repairs
      .slice(0, MOST_ITEMS)
      .map(repair =>
        el(
          'details',
          {},
          summary(
            repair.kind === 'edited'
              ? trans.__('Edited before it ran')
              : trans.__('Repaired before it ran: %1', oneLine(repair.kind, 80))
          ),
          el('pre', {}, ...marked(cleanCode(`- ${repair.before}\n+ ${repair.after}`), options.query))
        )
      ),
    turn.output !== '' && output(turn, node, options),
    turn.error &&
      el(
        'div',
        { class: 'jp-RlmNotice jp-mod-error' },
        el('b', {}, turn.error.line ? trans.__('Error in line %1: ', turn.error.line) : trans.__('Error: ')),
        ...marked(`${turn.error.type}: ${turn.error.message}`.slice(0, LIMIT), options.query)
      ),
    ...turn.notes
      .slice(0, MOST_ITEMS)
      .map(note =>
        el(
          'div',
          { class: 'jp-RlmCard-facts jp-mod-told' },
          trans.__('Told the model: '),
          ...marked(note.slice(0, 2_000), options.query)
        )
      ),
    calls(node, options),
    spans(trans.__('Lines looked at'), turn.spans, node, options),
    variables(turn, options),
    el('div', { class: 'jp-RlmCard-facts' }, usageText(trans, turn.usage))
  ];
}

function call(node: CallNode, options: DetailsOptions): Child[] {
  const { trans } = options.context;
  const asked = node.call;
  const run = subRun(asked);
  const where = asked.line ? trans.__('asked in line %1 of the code', asked.line) : '';
  const facts = [...callFacts(trans, asked), where].filter(fact => fact !== '');
  return [
    header(node, asked.kind, facts, options),
    asked.note !== '' && el('div', { class: 'jp-RlmNotice' }, ...marked(asked.note.slice(0, 2_000), options.query)),
    run && subRunLine(node, run, options),
    block(trans.__('Prompt'), asked.prompt, options),
    spans(trans.__('Lines sent'), asked.contextSpans, node, options),
    asked.error !== null &&
      el('div', { class: 'jp-RlmNotice jp-mod-error' }, ...marked(asked.error.slice(0, LIMIT), options.query)),
    asked.response !== null && block(run ? trans.__('Value') : trans.__('Reply'), asked.response, options),
    el('div', { class: 'jp-RlmCard-facts' }, usageText(trans, asked.usage))
  ];
}

function header(node: TreeNode, title: string, facts: string[], options: DetailsOptions): HTMLElement {
  const { trans, copy } = options.context;
  const code = node.type === 'iteration' ? node.iteration.code : null;
  return el(
    'div',
    { class: 'jp-RlmDetails-header' },
    el('b', {}, `${title} `),
    el('span', { class: 'jp-RlmCard-facts' }, facts.join(' · ')),
    el(
      'span',
      { class: 'jp-RlmDetails-actions' },
      code !== null && button(trans.__('Copy code'), () => copy(code)),
      forkButton(node, options),
      button(trans.__('Copy link'), () => copy(linkTo(options.trace, node.id)), {
        title: trans.__('A fragment to put behind this notebook’s address, or into a link in a Markdown cell')
      })
    )
  );
}

/** Puts a cell below that forks the run here; only for the iterations of the root run, where a fork can begin. */
function forkButton(node: TreeNode, options: DetailsOptions): HTMLElement | null {
  if (node.type !== 'iteration' || node.run !== options.trace) {
    return null;
  }
  const { trans } = options.context;
  const source = (): string | null => {
    const place = options.below();
    return place && forkCell(options.trace, node.iteration, place.origin());
  };
  const act = (): void => options.below()?.insert(source() ?? '');
  return source() === null
    ? null
    : button(trans.__('Fork from here'), act, {
        title: trans.__(
          'Puts a cell below, with this code to be changed, that runs the run anew from here; its answer must be in the kernel’s memory'
        )
      });
}

function prose(turn: Iteration, options: DetailsOptions): Child[] {
  const { trans } = options.context;
  const { prose: said, code: written } = streamed(turn.reply);
  return [
    turn.reasoning !== '' && el('details', {}, summary(trans.__('Reasoning')), text(turn.reasoning, options)),
    said.trim() !== '' && el('div', { class: 'jp-RlmProse' }, ...marked(said.trim().slice(0, LIMIT), options.query)),
    turn.code === null &&
      written !== null &&
      el(
        'div',
        {},
        label(trans.__('Code, which has not run')),
        el('pre', {}, ...marked(cleanCode(written.slice(-LIMIT)), options.query))
      )
  ];
}

function code(turn: Iteration, { context, query }: DetailsOptions): HTMLElement {
  const source = cleanCode(turn.code ?? '');
  const asked = new Set(turn.calls.map(each => each.line));
  const numbers = source.split('\n').map((_, index) => {
    const line = index + 1;
    // A letter beside the number says what the colour says.
    const [kind, sign] =
      line === turn.error?.line ? ['jp-mod-failed', '✗'] : asked.has(line) ? ['jp-mod-asked', '›'] : ['', ' '];
    return el('span', { class: kind }, `${sign}${line}\n`);
  });
  const body = el('code', { class: 'jp-RlmCode-text' });
  if (query || source.length > LIMIT) {
    body.append(...marked(source, query));
  } else {
    void context.highlight(source, body);
  }
  return el(
    'div',
    {},
    label(context.trans.__('Code')),
    // Long lines are scrolled to, which must be possible without a mouse.
    el(
      'pre',
      { class: 'jp-RlmCode', tabindex: '0', role: 'group', 'aria-label': context.trans.__('Code') },
      el('span', { class: 'jp-RlmCode-numbers', 'aria-hidden': 'true' }, ...numbers),
      body
    )
  );
}

/** The output; a number that begins a line and names a line that was looked at leads there. */
function output(turn: Iteration, node: TreeNode, options: DetailsOptions): HTMLElement {
  const { trans } = options.context;
  const pre = el('pre', { class: 'jp-RlmOutput' });
  const short = turn.output.length > LIMIT ? turn.output.slice(0, LIMIT) : turn.output;
  const lines = clean(short).split('\n');
  for (const [position, line] of lines.entries()) {
    const found = node.run === options.trace ? /^(\D{0,6}?)(\d{1,9})\b/.exec(line) : null;
    const span = found ? onlySpan(turn.spans, Number(found[2])) : null;
    if (found && span) {
      const [, before = '', digits = ''] = found;
      const number = Number(digits);
      pre.append(
        before,
        button(digits, () => options.inspect(span.source, number, number), { class: 'jp-RlmLink' })
      );
      append(pre, marked(line.slice(before.length + digits.length), options.query));
    } else {
      append(pre, marked(line, options.query));
    }
    pre.append(position < lines.length - 1 ? '\n' : '');
  }
  const lost = Math.max(turn.outputChars, turn.output.length) - short.length;
  if (lost > 0) {
    pre.append(`\n${trans.__('[… %1 more characters …]', count(lost))}`);
  }
  return el('div', {}, label(trans.__('Output')), pre);
}

// Where several documents have such a line nobody can say which one is meant.
function onlySpan(spans: Span[], line: number): Span | null {
  const holding = spans.filter(span => span.start <= line && line <= span.end);
  return new Set(holding.map(span => span.source)).size === 1 ? (holding[0] as Span) : null;
}

function calls(node: IterationNode, { context, go, trace }: DetailsOptions): HTMLElement | null {
  const all = node.iteration.calls;
  const had = node.run === trace ? (trace.leftOut.calls.get(node.iteration.index) ?? all.length) : all.length;
  if (all.length === 0) {
    const words = trace.live
      ? context.trans.__('%1 sub-calls are not shown while it runs.', count(had))
      : context.trans.__('%1 sub-calls are not in this saved copy.', count(had)) + wholeFileText(context.trans, trace);
    return had > 0 ? el('div', { class: 'jp-RlmNotice' }, words) : null;
  }
  const rows = all.slice(0, MOST_ITEMS).map(each =>
    el(
      'li',
      {},
      button(each.kind, () => go(`${node.id}.${each.id}`), { class: 'jp-RlmLink' }),
      ` ${callFacts(context.trans, each).join(' · ')} · ${oneLine(each.prompt, 90)}`
    )
  );
  const more = all.length - rows.length;
  return el(
    'div',
    {},
    label(context.trans.__('Sub-calls')),
    fanOut(all, context, call => go(`${node.id}.${call.id}`)),
    el('ul', {}, ...rows, more > 0 && el('li', {}, context.trans.__('and %1 more', count(more)))),
    had > all.length &&
      el(
        'div',
        { class: 'jp-RlmNotice' },
        trace.live
          ? context.trans.__('%1 more sub-calls are not shown while it runs.', count(had - all.length))
          : context.trans.__('%1 more sub-calls are not in this saved copy.', count(had - all.length)) +
              wholeFileText(context.trans, trace)
      )
  );
}

/** A strip with a mark for each sub-call, the failed ones taller, and the same in words. */
function fanOut(all: Call[], { trans }: Context, go: (call: Call) => void): HTMLElement {
  const failed = all.filter(call => call.error !== null).length;
  const cached = all.filter(call => call.cached).length;
  const runs = all.filter(call => call.rawTrace !== null).length;
  const words = [
    trans._n('%1 sub-call', '%1 sub-calls', all.length),
    runs > 0 ? trans._n('%1 a run of its own', '%1 runs of their own', runs) : '',
    failed > 0 ? trans.__('%1 failed', count(failed)) : trans.__('none failed'),
    cached > 0 ? trans.__('%1 from the cache', count(cached)) : ''
  ];
  const text = words.filter(each => each !== '').join(' · ');
  const size = 1000 / all.length;
  const marks = all.map((call, at) => {
    const [kind, top] = call.error !== null ? ['failed', 0] : call.cached ? ['cached', 6] : ['done', 3];
    const box = { x: (at * size).toFixed(2), width: Math.max(size * 0.85, 0.5).toFixed(2), y: top, height: 12 - top };
    return svg('rect', { class: `jp-RlmFan-${kind}`, ...box });
  });
  const strip = svg(
    'svg',
    { class: 'jp-RlmFan', viewBox: '0 0 1000 12', preserveAspectRatio: 'none', role: 'img', 'aria-label': text },
    ...marks
  );
  strip.addEventListener('click', event => {
    const box = strip.getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / Math.max(1, box.width)) * all.length);
    const call = all[Math.min(Math.max(at, 0), all.length - 1)];
    if (call) {
      go(call);
    }
  });
  const node = el('div', {}, el('div', { class: 'jp-RlmCard-facts' }, text));
  if (all.length > 1) {
    node.append(strip);
  }
  return node;
}

function subRunLine(node: CallNode, run: Trace, { context: { trans }, go }: DetailsOptions): HTMLElement {
  const first = run.iterations[0];
  const words = trans._n('a run of %1 iteration', 'a run of %1 iterations', run.iterations.length);
  return el(
    'div',
    {},
    `${words}, ${statusWord(trans, run.status)} `,
    first && button(trans.__('Go into it'), () => go(`${node.id}.${first.index}`))
  );
}

function spans(title: string, all: Span[], node: TreeNode, options: DetailsOptions): HTMLElement | null {
  if (all.length === 0) {
    return null;
  }
  const { trans } = options.context;
  // The lines of a sub-run are those of the part that it was given, which is in no file; what a call sent is ours.
  const ours = node.run === options.trace;
  const rows = all.slice(0, MOST_ITEMS).map(span => {
    const words = spanText(trans, span);
    const link =
      ours && button(words, () => options.inspect(span.source, span.start, span.end), { class: 'jp-RlmLink' });
    return el('li', {}, `${oneLine(span.tool, 40)}: `, link || words);
  });
  const more = all.length - rows.length;
  return el(
    'details',
    { open: all.length <= 8 },
    summary(`${title} (${count(all.length)})`),
    el('ul', {}, ...rows, more > 0 && el('li', {}, trans.__('and %1 more', count(more))))
  );
}

function variables(turn: Iteration, { context: { trans } }: DetailsOptions): HTMLElement | null {
  const all = [...turn.added, ...turn.changed].slice(0, MOST_ITEMS);
  const words = all.map(([name, what]) => `${oneLine(name, 60)}: ${oneLine(what, 80)}`).join('; ');
  return words ? el('div', { class: 'jp-RlmCard-facts' }, trans.__('Variables: '), words) : null;
}

function block(title: string, content: string, options: DetailsOptions): HTMLElement {
  return el('div', {}, label(title), text(content, options));
}

function text(content: string, { context: { trans }, query }: DetailsOptions): HTMLElement {
  const pre = el('pre', {}, ...marked(content.slice(0, LIMIT), query));
  if (content.length > LIMIT) {
    const rest = button(trans.__('Show %1 more characters', count(content.length - LIMIT)), () => {
      rest.replaceWith(...marked(content.slice(LIMIT), query));
    });
    pre.append(rest);
  }
  return pre;
}

function label(words: string): HTMLElement {
  return el('div', { class: 'jp-RlmLabel' }, words);
}

function summary(words: string): HTMLElement {
  return el('summary', { 'data-lm-suppress-shortcuts': 'true' }, words);
}
