/** A whole trace: the answer card, then tabs with the steps, the ledger and the documents, and search over all of it. */

import type { AuditStore, Below, Context } from '../context';
import { button, el } from '../dom';
import { keyOf } from '../model/links';
import { search } from '../model/search';
import type { Match } from '../model/search';
import { oneLine } from '../model/text';
import type { Json, Trace } from '../model/trace';
import { AuditView } from './auditView';
import { card } from './card';
import { LiveView } from './liveView';
import type { Actions } from './liveView';
import { documentsView } from './documentsView';
import { ledgerView } from './ledgerView';
import { leftOutText, wholeFileText } from './words';
import { StepsView } from './stepsView';

type Tab = 'steps' | 'ledger' | 'documents' | 'parent';

export interface TraceViewOptions {
  context: Context;
  trace: Trace;
  /** The data that the trace was read from, for the download. */
  data: Json;
  /** The notebook's path. */
  notebook: string;
  /** Show the trace in a tab of its own, where there are tabs. */
  open?: (() => void) | undefined;
  /** What can be told to a run in progress; null where it cannot be reached. */
  actions?: Actions | null;
}

export class TraceView {
  readonly node: HTMLElement;
  readonly key: string;

  constructor(private readonly _options: TraceViewOptions) {
    const { context, trace } = _options;
    this._trace = trace;
    this._live = new LiveView(context, _options.actions ?? null);
    this.key = keyOf(trace);
    this._steps = new StepsView(context, trace, (source, line, endLine) => this._inspect(source, line, endLine));
    this._panel = el('div', { class: 'jp-RlmTrace-panel', role: 'tabpanel' });
    this.node = el('div', { class: 'jp-RlmTrace-view' }, this._live.node, this._card, this._toolbar(), this._panel);
    this.node.addEventListener('keydown', event => this._key(event));
    this._show('steps');
    this._drawCard();
    context.links.add(this);
  }

  /** Show a later state of the same run. */
  update(trace: Trace, data: Json): void {
    this._trace = trace;
    this._options.data = data;
    this._drawCard();
    this._steps.update(trace);
    if (this._tab !== 'steps') {
      const tab = this._tab;
      this._tab = null;
      this._show(tab ?? 'steps');
    }
  }

  /** The kernel of a run in progress is gone: what is shown is what was. */
  lost(words: string): void {
    this._live.end(words);
  }

  /** Whether the question stands above already, in the cell that asked it. */
  hideQuestion(hidden: boolean): void {
    this.node.classList.toggle('jp-mod-asked-above', hidden);
  }

  get visible(): boolean {
    return this.node.offsetParent !== null;
  }

  /** Show a row of the run tree. Returns whether there is one with this id. */
  reveal(row: string): boolean {
    this._show('steps');
    const found = this._steps.reveal(row);
    if (found && this.visible) {
      this._panel.scrollIntoView({ block: 'nearest' });
    }
    return found;
  }

  /** Say where cells can be put that go on from here, and where an audit is kept. */
  place(below: Below | null, audits: AuditStore | null): void {
    this._steps.place(below);
    this._besideParent = this._options.context.besideParent(this.node, this._trace);
    (this._tabs.get('parent') as HTMLElement).hidden = this._besideParent === null;
    this._audits = audits;
    this._below = below;
    this._audit?.keepIn(audits, below);
  }

  /** The auditor's pass over it, as it is kept; null where nobody has made one. */
  get audit(): Json {
    return this._audit?.data ?? null;
  }

  dispose(): void {
    this._options.context.links.remove(this);
    this._steps.dispose();
    this._audit?.keepIn(null);
    clearTimeout(this._timer);
  }

  private _toolbar(): HTMLElement {
    const { trans } = this._options.context;
    const names: [Tab, string][] = [
      ['steps', trans.__('Steps')],
      ['ledger', trans.__('Ledger')],
      ['documents', trans.__('Documents')],
      ['parent', trans.__('Compare with parent')]
    ];
    for (const [tab, name] of names) {
      this._tabs.set(
        tab,
        button(name, () => this._show(tab), { class: 'jp-RlmTab', role: 'tab' })
      );
    }
    (this._tabs.get('parent') as HTMLElement).hidden = true;
    const { open } = this._options;
    this._field = el('input', {
      type: 'search',
      class: 'jp-RlmSearch',
      placeholder: trans.__('Search code and outputs  ( / )'),
      'aria-label': trans.__('Search code and outputs'),
      'data-lm-suppress-shortcuts': 'true',
      on: { input: () => this._searchSoon(), keydown: event => this._searchKey(event) }
    });
    return el(
      'div',
      { class: 'jp-RlmToolbar' },
      el('span', { role: 'tablist', class: 'jp-RlmTabs' }, ...this._tabs.values()),
      this._field,
      this._found,
      el(
        'span',
        { class: 'jp-RlmToolbar-actions' },
        open && button(trans.__('Show trace'), () => open(), { title: trans.__('Show it in a tab of its own') }),
        button(trans.__('Download trace'), () => this._download())
      )
    );
  }

  private _show(tab: Tab): void {
    if (tab === this._tab) {
      return;
    }
    this._tab = tab;
    const { context } = this._options;
    const trace = this._trace;
    const made = {
      steps: () => this._steps.node,
      ledger: () => ledgerView(context, trace),
      documents: () => documentsView(context, trace, (source, line) => this._inspect(source, line, line)),
      parent: () => this._besideParent?.() ?? el('div')
    };
    this._panel.replaceChildren(made[tab]());
    for (const [name, element] of this._tabs) {
      element.setAttribute('aria-selected', String(name === tab));
    }
  }

  private _key(event: KeyboardEvent): void {
    const isWriting = (event.target as Element).closest('input, textarea') !== null;
    if (event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !isWriting) {
      this._field.focus();
      this._field.select();
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private _searchKey(event: KeyboardEvent): void {
    if (event.key === 'Enter') {
      this._searchNow();
      this._goToMatch(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
      this._field.value = '';
      this._searchNow();
      this._show('steps');
      this._steps.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private _searchSoon(): void {
    clearTimeout(this._timer);
    this._timer = window.setTimeout(() => this._searchNow(), 150);
  }

  private _searchNow(): void {
    clearTimeout(this._timer);
    const query = this._field.value;
    if (query === this._query) {
      return;
    }
    this._query = query;
    this._matches = search(this._trace, query);
    this._at = -1;
    this._show('steps');
    this._steps.mark(query, this._matches);
    this._sayFound();
  }

  private _goToMatch(by: number): void {
    const all = this._matches.length;
    if (all > 0) {
      this._at = this._at < 0 ? (by > 0 ? 0 : all - 1) : (this._at + by + all) % all;
      this._show('steps');
      this._steps.reveal((this._matches[this._at] as Match).id);
      this._sayFound();
    }
  }

  private _sayFound(): void {
    const { trans } = this._options.context;
    const all = this._matches.length;
    this._found.textContent = !this._query
      ? ''
      : this._at >= 0
        ? trans.__('%1 of %2', this._at + 1, all)
        : trans._n('%1 place', '%1 places', all) + this._unsearched();
  }

  /** What a search cannot find, because this copy does not have it. */
  private _unsearched(): string {
    const { trans } = this._options.context;
    const left = leftOutText(trans, this._trace);
    return left
      ? ` ${trans.__('in this shortened copy (not in it: %1)', left)}${wholeFileText(trans, this._trace)}`
      : '';
  }

  private _drawCard(): void {
    const { context } = this._options;
    const trace = this._trace;
    this._live.update(trace);
    this._audit?.keepIn(null);
    this._audit = null;
    if (trace.live) {
      this._card.replaceChildren();
      return;
    }
    this._audit = new AuditView(context, trace);
    this._card.replaceChildren(
      card({
        context,
        trace,
        audit: this._audit,
        inspect: (source, line, endLine) => this._inspect(source, line, endLine),
        go: row => this.reveal(row)
      })
    );
    this._audit.keepIn(this._audits, this._below);
  }

  private _download(): void {
    const name = oneLine(this._trace.question, 40)
      .replace(/[^\w-]+/g, '-')
      .replace(/^-+|-+$/g, '');
    const url = URL.createObjectURL(
      new Blob([JSON.stringify(this._options.data, null, 1)], { type: 'application/json' })
    );
    el('a', { href: url, download: `${name || 'trace'}.rlm.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  private _inspect(source: string, line: number, endLine: number): void {
    const { context, notebook } = this._options;
    context.inspect({ trace: this._trace, source, line, endLine, notebook });
  }

  private _trace: Trace;
  private _besideParent: (() => HTMLElement) | null = null;
  private _audit: AuditView | null = null;
  private _audits: AuditStore | null = null;
  private _below: Below | null = null;
  private readonly _card = el('div');
  private readonly _live: LiveView;
  private readonly _steps: StepsView;
  private readonly _panel: HTMLElement;
  private readonly _tabs = new Map<Tab, HTMLElement>();
  private _field!: HTMLInputElement;
  private readonly _found = el('span', { class: 'jp-RlmFound', role: 'status' });
  private _tab: Tab | null = null;
  private _query = '';
  private _matches: Match[] = [];
  private _at = -1;
  private _timer = 0;
}
