/**
 * The answer as an object: a table for a list of dicts, a tree for dicts and lists, Markdown for a text. Each figure and
 * quotation has the mark of its verdict; a click on it opens its derivation below.
 */

import type { Context } from '../context';
import { append, button, el } from '../dom';
import type { Child } from '../dom';
import { Verdicts, columnsOf, cutAt, pathTo, separated, valueText } from '../model/answer';
import type { Value } from '../model/answer';
import { clean, count, oneLine } from '../model/text';
import { placeOf } from '../model/trace';
import type { Grounding, Span, Trace } from '../model/trace';
import { markdownView } from './markdownView';
import { spanText, verdictSign, verdictWords } from './words';

const LONGEST_TEXT = 20_000;
const MOST_ROWS = 200;
const MOST_ITEMS = 50;
const DEEPEST = 12;

export interface AnswerOptions {
  context: Context;
  trace: Trace;
  /** Show a line of a document. */
  inspect: (source: string, line: number, endLine: number) => void;
  /** Show a row of the run. */
  go: (row: string) => void;
}

export class AnswerView {
  readonly node: HTMLElement;

  constructor(private readonly _options: AnswerOptions) {
    const { trace, context } = _options;
    this._verdicts = new Verdicts(trace.grounding);
    const { value } = trace;
    const text = valueText(value);
    const isShort = text.length <= 80 && !text.includes('\n');
    const isPlain = value.kind === 'number' || value.kind === 'word' || (value.kind === 'text' && isShort);
    const shown = isPlain ? this._leaf(value, '') : this._object(value, '', 0);
    this._pane.hidden = true;
    this._pane.setAttribute('aria-label', context.trans.__('Derivation'));
    this.node = el(
      'div',
      { class: 'jp-RlmAnswer' },
      // What is wide or long is scrolled to, which must be possible without a mouse.
      el(
        'div',
        isPlain
          ? { class: 'jp-RlmCard-value' }
          : {
              class: 'jp-RlmCard-value jp-mod-long',
              tabindex: '0',
              role: 'group',
              'aria-label': context.trans.__('Value'),
              'data-lm-suppress-shortcuts': 'true'
            },
        ...shown
      ),
      this._pane
    );
  }

  /** Show where a value comes from, in the pane below the answer. */
  open(item: Grounding): void {
    this._pane.hidden = false;
    this._pane.replaceChildren(derivation(item, this._options, () => this._close()));
    for (const other of this.node.querySelectorAll('[aria-expanded=true]')) {
      other.setAttribute('aria-expanded', 'false');
    }
    for (const [figure, of] of this._figures) {
      figure.setAttribute('aria-expanded', String(of === item));
    }
  }

  private _close(): void {
    const from = [...this._figures].find(([figure]) => figure.getAttribute('aria-expanded') === 'true')?.[0];
    this._pane.hidden = true;
    this._pane.replaceChildren();
    from?.setAttribute('aria-expanded', 'false');
    from?.focus();
  }

  private _object(value: Value, path: string, depth: number): Node[] {
    if (depth > DEEPEST) {
      return [document.createTextNode(oneLine(valueText(value), 2_000))];
    }
    const columns = columnsOf(value);
    if (columns && value.kind === 'list') {
      return [this._table(value.items, columns, path, depth)];
    }
    switch (value.kind) {
      case 'list':
        return [
          this._tree(
            value.items.map((item, at) => [String(at + 1), item, pathTo(path, at)]),
            depth
          )
        ];
      case 'dict':
        return [
          this._tree(
            value.pairs.map(([key, item]) => [key, item, pathTo(path, key)]),
            depth
          )
        ];
      case 'text':
        return depth === 0 ? [this._prose(value.text, path)] : this._leaf(value, path);
      default:
        return this._leaf(value, path);
    }
  }

  private _tree(rows: [string, Value, string][], depth: number): HTMLElement {
    const { trans } = this._options.context;
    const items = rows.slice(0, MOST_ROWS).map(([key, value, path]) => {
      const isLeaf = value.kind !== 'list' && value.kind !== 'dict';
      const name = el('span', { class: 'jp-RlmAnswer-key' }, oneLine(key, 120));
      return isLeaf
        ? el('li', {}, name, ' ', ...this._leaf(value, path))
        : el('li', {}, name, ` ${sizeOf(trans, value)}`, ...this._object(value, path, depth + 1));
    });
    const more = rows.length - items.length;
    return el(
      'ul',
      { class: 'jp-RlmAnswer-tree' },
      ...items,
      rows.length === 0 && el('li', {}, trans.__('empty')),
      more > 0 && el('li', {}, trans.__('and %1 more', count(more)))
    );
  }

  private _table(rows: Value[], columns: string[], path: string, depth: number): HTMLElement {
    const { trans } = this._options.context;
    const body = rows.slice(0, MOST_ROWS).map((row, at) => {
      const cells = new Map(row.kind === 'dict' ? row.pairs : []);
      return el(
        'tr',
        {},
        ...columns.map(name => {
          const cell = cells.get(name);
          const kind = cell?.kind === 'number' ? 'jp-mod-number' : '';
          return el(
            'td',
            { class: kind },
            ...(cell ? this._object(cell, pathTo(pathTo(path, at), name), depth + 1) : [])
          );
        })
      );
    });
    const more = rows.length - body.length;
    return el(
      'div',
      {},
      el(
        'table',
        { class: 'jp-RlmAnswer-table' },
        el('thead', {}, el('tr', {}, ...columns.map(name => el('th', { scope: 'col' }, oneLine(name, 80))))),
        el('tbody', {}, ...body)
      ),
      more > 0 && el('div', { class: 'jp-RlmCard-facts' }, trans.__('and %1 more rows', count(more)))
    );
  }

  private _prose(text: string, path: string): HTMLElement {
    const { trans } = this._options.context;
    const short = text.slice(0, LONGEST_TEXT);
    const view = markdownView(short, piece => this._pieces(piece, path));
    const more = text.length - short.length;
    append(view, [more > 0 && el('p', {}, trans.__('[… %1 more characters …]', count(more)))]);
    return view;
  }

  private _leaf(value: Value, path: string): Node[] {
    const raw = value.kind === 'list' || value.kind === 'dict' ? valueText(value) : value.text;
    const own = this._verdicts.of(path, value.kind === 'word' ? ({ None: 'null' }[raw] ?? raw.toLowerCase()) : raw);
    if (value.kind === 'text' && (!own || own.parts.length > 0)) {
      return this._pieces(raw.slice(0, LONGEST_TEXT), path);
    }
    const shown = value.kind === 'number' ? separated(raw) : clean(raw.slice(0, LONGEST_TEXT));
    return own ? [this._figure(own, shown)] : [document.createTextNode(shown)];
  }

  private _pieces(text: string, path: string): Node[] {
    return cutAt(text, this._verdicts.within(path)).map(piece =>
      piece.item ? this._figure(piece.item, clean(piece.text)) : document.createTextNode(clean(piece.text))
    );
  }

  private _figure(item: Grounding, shown: string): HTMLElement {
    const { trans } = this._options.context;
    const words = verdictWords(trans, item.verdict);
    const figure = button('', () => this.open(item), {
      class: `jp-RlmFigure jp-mod-${item.verdict}`,
      title: trans.__('%1: show where it comes from', words),
      'aria-expanded': 'false'
    });
    figure.append(
      el('span', { class: 'jp-RlmFigure-sign', 'aria-label': words, role: 'img' }, verdictSign(item.verdict))
    );
    figure.append(shown);
    this._figures.set(figure, item);
    return figure;
  }

  private readonly _verdicts: Verdicts;
  private readonly _figures = new Map<HTMLElement, Grounding>();
  private readonly _pane = el('div', {
    class: 'jp-RlmPane',
    role: 'group',
    'aria-live': 'polite'
  });
}

function sizeOf(trans: Context['trans'], value: Value): string {
  return value.kind === 'list'
    ? trans._n('(%1 item)', '(%1 items)', value.items.length)
    : value.kind === 'dict'
      ? trans._n('(%1 field)', '(%1 fields)', value.pairs.length)
      : '';
}

/** Everything that is recorded of where a value comes from: lines of code, rows, lines of the documents. */
function derivation(item: Grounding, options: AnswerOptions, close: () => void): HTMLElement {
  const { context, trace, go } = options;
  const { trans } = context;
  const line = (source: string, first: number, last: number, text: string | null): HTMLElement => {
    const place = placeOf(
      trace.documents.find(info => info.name === source),
      first
    );
    const words = spanText(trans, { tool: '', source, start: first, end: last });
    return el(
      'li',
      {},
      button(words, () => options.inspect(source, first, last), { class: 'jp-RlmLink' }),
      place && ` (${oneLine(place, 80)})`,
      text !== null && [': ', el('code', {}, oneLine(text, 300))]
    );
  };
  const rows: Child[] = [];
  if (item.verdict === 'document') {
    const known = item.lines.slice(0, MOST_ITEMS);
    rows.push(
      ...known.map(number => line(item.source ?? '', number, number, lineText(trace, item.source ?? '', number)))
    );
    rows.push(item.lines.length > known.length && more(trans, item.lines.length - known.length));
  }
  rows.push(
    ...item.steps.slice(0, MOST_ITEMS).map(step =>
      el(
        'li',
        {},
        button(
          trans.__('iteration %1, line %2', count(step.iteration), count(step.line)),
          () => go(String(step.iteration)),
          {
            class: 'jp-RlmLink'
          }
        ),
        ': ',
        el('code', {}, oneLine(step.code, 300))
      )
    ),
    item.steps.length > MOST_ITEMS && more(trans, item.steps.length - MOST_ITEMS)
  );
  const named = item.iteration;
  if (item.steps.length === 0 && named !== null) {
    rows.push(
      el(
        'li',
        {},
        button(trans.__('iteration %1', named), () => go(String(named)), { class: 'jp-RlmLink' })
      )
    );
  }
  rows.push(
    ...joined(item.spans)
      .slice(0, MOST_ITEMS)
      .map(span =>
        line(
          span.source,
          span.start,
          span.end,
          span.start === span.end ? lineText(trace, span.source, span.start) : null
        )
      ),
    item.spans.length > MOST_ITEMS && more(trans, item.spans.length - MOST_ITEMS)
  );
  const calls = item.call !== null ? [item.call, ...item.calls] : item.calls;
  rows.push(...[...new Set(calls)].slice(0, MOST_ITEMS).map(id => callRow(id, options)));
  rows.push(
    item.typed.length > 0 &&
      el(
        'li',
        {},
        trans.__(
          'with %1 in the code',
          item.typed
            .slice(0, 5)
            .map(each => oneLine(each, 60))
            .join(', ')
        )
      ),
    ...item.searches.slice(0, MOST_ITEMS).map(search => el('li', {}, trans.__('searched: %1', oneLine(search, 120))))
  );
  const nothing = rows.every(row => !row);
  return el(
    'div',
    {},
    el(
      'div',
      { class: 'jp-RlmDetails-header' },
      el('b', {}, oneLine(item.path ? `${item.path}: ${item.item}` : item.item, 200)),
      el('span', {}, `${verdictSign(item.verdict)} ${verdictWords(trans, item.verdict)}`),
      el('span', { class: 'jp-RlmDetails-actions' }, button(trans.__('Close'), close))
    ),
    nothing ? el('p', {}, trans.__('Nothing in the run or in the documents leads to it.')) : el('ul', {}, ...rows)
  );
}

function more(trans: Context['trans'], number: number): HTMLElement {
  return el('li', {}, trans.__('and %1 more', count(number)));
}

function callRow(id: number, { context: { trans }, trace, go }: AnswerOptions): HTMLElement {
  const turn = trace.iterations.find(each => each.calls.some(call => call.id === id));
  const call = turn?.calls.find(each => each.id === id);
  return turn && call
    ? el(
        'li',
        {},
        button(trans.__('call %1', id), () => go(`${turn.index}.${id}`), { class: 'jp-RlmLink' }),
        `: ${oneLine(call.response ?? call.error ?? '', 160)}`
      )
    : el('li', {}, trans.__('call %1', id));
}

/** What the trace holds of a line of a document: as evidence, or carried along by an export. */
function lineText(trace: Trace, source: string, line: number): string | null {
  const evidence = trace.evidence.find(item => item.source === source && item.line === line);
  return evidence?.text ?? trace.lines.get(`${source}:${line}`) ?? null;
}

/** Spans without repetition, those that touch as one. */
function joined(spans: Span[]): Span[] {
  const made: Span[] = [];
  for (const span of [...spans].sort((a, b) =>
    a.source < b.source ? -1 : a.source > b.source ? 1 : a.start - b.start
  )) {
    const last = made[made.length - 1];
    if (last && last.source === span.source && span.start <= last.end + 1) {
      last.end = Math.max(last.end, span.end);
    } else {
      made.push({ ...span });
    }
  }
  return made;
}
