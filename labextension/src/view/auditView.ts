/**
 * The auditor's pass in the answer card: a box to tick and a note for each row, and a sign-off by name. Where it cannot
 * be kept (an export, a notebook that is only read) it is shown as text.
 */

import type { AuditStore, Below, Context } from '../context';
import { button, el } from '../dom';
import type { Child } from '../dom';
import {
  Pass,
  auditData,
  auditFor,
  evidenceName,
  isOfAnotherRun,
  isUnreadable,
  lineNow,
  readAudit,
  unlisted
} from '../model/audit';
import type { LineNow, RowName } from '../model/audit';
import { answerName, pythonName } from '../model/fork';
import { clean, count, oneLine } from '../model/text';
import type { Evidence, Json, Trace } from '../model/trace';

const MOST_DOCUMENTS = 20;
const SHORTCUTS = { 'data-lm-suppress-shortcuts': 'true' };

export class AuditView {
  readonly node: HTMLDetailsElement;

  constructor(
    private readonly _context: Context,
    private readonly _trace: Trace
  ) {
    const carried = readAudit(_trace.rawAudit);
    this._pass = new Pass(_trace, carried?.digest === _trace.digest ? carried : null);
    this._summary = el('summary', SHORTCUTS);
    this.node = el(
      'details',
      { class: 'jp-RlmAudit', on: { toggle: () => this._onToggle() } },
      this._summary,
      this._body
    );
    this._draw();
  }

  /** Where it is kept from now on; null: nowhere, so that it can only be read. `below` is the room of the same cell. */
  keepIn(store: AuditStore | null, below: Below | null = null): void {
    this._unwatch?.();
    this._unwatch = null;
    this._store = store;
    this._below = below;
    if (store) {
      this._unwatch = store.watch(() => this._onChange());
      this._read();
    }
    this._draw();
    if (this.node.open) {
      void this._compare();
    }
  }

  /** The pass as it is kept; null where there is none. */
  get data(): Json {
    return this._pass.isEmpty ? null : auditData(this._pass.audit);
  }

  /** The box and the note of a row, to be put behind it; `label` is what the row is called. */
  row(name: RowName, label: string): HTMLElement {
    const node = el('div', { class: 'jp-RlmAudit-row', hidden: true });
    this._rows.push({ name, label, node });
    this._drawRow(name, label, node);
    return node;
  }

  /** What has become of a line of evidence in the document, to be put behind it. */
  now(item: Evidence): HTMLElement {
    const node = el('div', { class: 'jp-RlmAudit-now', hidden: true });
    this._lines.push({ item, node });
    this._drawNow(item, node);
    return node;
  }

  private get _canWrite(): boolean {
    const { digest } = this._trace;
    return Boolean(this._store?.write) && digest !== '' && !isUnreadable(digest, this._store?.read() ?? null);
  }

  private _onToggle(): void {
    this._showRows();
    if (this.node.open) {
      void this._compare();
    }
  }

  /** Somebody else has changed it: another page, or an undo. */
  private _onChange(): void {
    const written = JSON.stringify(this._store?.read() ?? null);
    // What is drawn anew loses the place of the cursor, so not for a change of our own.
    if (!this._isWriting && written !== this._written) {
      this._read();
      this._draw();
    }
  }

  private _read(): void {
    const kept = this._store?.read() ?? null;
    this._written = JSON.stringify(kept);
    this._pass.take(auditFor(this._trace.digest, kept));
  }

  private _keep(): void {
    const kept = this._store?.read();
    const others = typeof kept === 'object' && kept !== null && !Array.isArray(kept) ? kept : {};
    const audits = Object.fromEntries(Object.entries(others).filter(([digest]) => digest !== this._trace.digest));
    const all = this._pass.isEmpty ? audits : { ...audits, [this._trace.digest]: this.data };
    this._isWriting = true;
    this._store?.write?.(all);
    this._isWriting = false;
    this._written = JSON.stringify(this._store?.read() ?? null);
    this._sumUp();
  }

  private _draw(): void {
    const isSeen = Boolean(this._store?.write) || !this._pass.isEmpty;
    this.node.hidden = !isSeen;
    this._sumUp();
    this._body.replaceChildren(...(isSeen ? this._parts() : []).filter(part => part instanceof Node));
    for (const { name, label, node } of this._rows) {
      this._drawRow(name, label, node);
    }
    for (const { item, node } of this._lines) {
      this._drawNow(item, node);
    }
    if (!this._pass.isEmpty && !this.node.open) {
      this.node.open = true;
    }
    this._showRows();
  }

  private _showRows(): void {
    const isShown = this.node.open && !this.node.hidden;
    for (const { node } of this._rows) {
      node.hidden = !isShown;
    }
  }

  private get _isEditable(): boolean {
    return this._canWrite && !this._pass.isSigned;
  }

  private _sumUp(): void {
    const { trans } = this._context;
    const { checked, all, notes } = this._pass.counts;
    const { signedBy, signedAt } = this._pass.audit;
    const words = [
      trans.__('%1 of %2 rows checked', count(checked), count(all)),
      notes > 0 ? trans._n('%1 note', '%1 notes', notes) : '',
      this._pass.isSigned
        ? trans.__('signed off by %1, %2', oneLine(signedBy, 120), oneLine(signedAt, 30))
        : trans.__('not signed off')
    ];
    this._summary.textContent = `${trans.__('Auditor’s pass')}: ${words.filter(word => word !== '').join(' · ')}`;
  }

  private _parts(): Child[] {
    const { trans } = this._context;
    const { note } = this._pass;
    const kept = this._store?.read() ?? null;
    const another = isOfAnotherRun(this._trace.digest, kept);
    const missing = unlisted(this._trace);
    return [
      isUnreadable(this._trace.digest, kept)
        ? el(
            'div',
            { class: 'jp-RlmNotice' },
            trans.__('This cell keeps an auditor’s pass that this version cannot read: update rlm-kernel.')
          )
        : null,
      missing > 0 &&
        el(
          'div',
          { class: 'jp-RlmNotice' },
          trans._n(
            '%1 row is not listed in this copy, and cannot be checked here.',
            '%1 rows are not listed in this copy, and cannot be checked here.',
            missing
          )
        ),
      another
        ? el(
            'div',
            { class: 'jp-RlmNotice' },
            trans.__('This cell keeps an auditor’s pass over another run; it says nothing about this one.')
          )
        : null,
      this._documents,
      this._isEditable
        ? el('label', { class: 'jp-RlmAudit-field' }, trans.__('Note on the whole'), this._noteField())
        : note !== ''
          ? el('div', {}, `${trans.__('Note on the whole')}: `, el('span', { class: 'jp-RlmAudit-note' }, clean(note)))
          : null,
      this._signature(),
      this._canWrite
        ? el(
            'div',
            { class: 'jp-RlmCard-facts' },
            trans.__('It is kept in the metadata of this cell, with the notebook once that is saved. In a report: '),
            el('code', {}, this._reportCode())
          )
        : null
    ];
  }

  /** What puts the pass into a report: by the name that the answer has in the kernel, where it has one of its own. */
  private _reportCode(): string {
    const name = this._below && answerName(this._trace, this._below.origin());
    return `${name && name !== '_' ? name : 'answer'}.to_html(audit=${pythonName(this._store?.notebook ?? '')})`;
  }

  private _noteField(): HTMLElement {
    const field = el('textarea', {
      ...SHORTCUTS,
      rows: 2,
      on: {
        input: () => {
          this._pass.setNote(field.value);
          this._keep();
        }
      }
    });
    field.value = this._pass.note;
    return field;
  }

  private _signature(): HTMLElement {
    const { trans } = this._context;
    const typed = trans.__(
      'A name that was typed, no digital signature: whoever can change the notebook can change it.'
    );
    if (this._pass.isSigned) {
      const { signedBy, signedAt } = this._pass.audit;
      const withdraw = (): void => {
        this._pass.withdraw();
        this._keep();
        this._draw();
      };
      return el(
        'div',
        {},
        el('b', {}, trans.__('Signed off by %1, %2', oneLine(signedBy, 120), oneLine(signedAt, 30))),
        ' ',
        this._canWrite &&
          button(trans.__('Withdraw the sign-off'), withdraw, {
            title: trans.__('Ticks and notes can be changed again')
          }),
        el('div', { class: 'jp-RlmCard-facts' }, typed)
      );
    }
    if (!this._canWrite) {
      return el('div', {}, trans.__('Nobody has signed it off.'));
    }
    const name = el('input', { ...SHORTCUTS, type: 'text', class: 'jp-RlmSearch', autocomplete: 'name' });
    const missing = el('span', { role: 'status' });
    const sign = (): void => {
      if (!this._isCompared) {
        missing.textContent = ` ${trans.__('Wait: the lines of evidence are being compared with the documents.')}`;
      } else if (this._pass.sign(name.value, new Date())) {
        this._keep();
        this._draw();
      } else {
        missing.textContent = ` ${trans.__('Type your name first.')}`;
        name.focus();
      }
    };
    return el(
      'div',
      {},
      el('label', {}, `${trans.__('Your name')} `, name),
      ' ',
      button(trans.__('Sign off'), sign),
      missing,
      el('div', { class: 'jp-RlmCard-facts' }, typed)
    );
  }

  private _drawRow(name: RowName, label: string, node: HTMLElement): void {
    const { trans } = this._context;
    const { checked, note } = this._pass.row(name);
    if (!this._isEditable) {
      node.replaceChildren(
        checked ? trans.__('☑ checked') : trans.__('☐ not checked'),
        ...(note === '' ? [] : [` · ${trans.__('Note')}: `, el('span', { class: 'jp-RlmAudit-note' }, clean(note))])
      );
      return;
    }
    const box = el('input', {
      ...SHORTCUTS,
      type: 'checkbox',
      on: {
        change: () => {
          this._pass.setRow(name, { checked: box.checked });
          this._keep();
        }
      }
    });
    box.checked = checked;
    const field = el('input', {
      ...SHORTCUTS,
      type: 'text',
      class: 'jp-RlmSearch',
      placeholder: trans.__('Note'),
      'aria-label': trans.__('Note on %1', label),
      on: {
        input: () => {
          this._pass.setRow(name, { note: field.value });
          this._keep();
        }
      }
    });
    field.value = note;
    const hidden = el('span', { class: 'jp-RlmAudit-hidden' }, `: ${label}`);
    node.replaceChildren(el('label', {}, box, ` ${trans.__('checked')}`, hidden), ' ', field);
  }

  /** Compare the lines of evidence with the documents as they are now. What differs is kept with the next mark. */
  private async _compare(): Promise<void> {
    const store = this._store;
    if (!store || this._compared === store) {
      return;
    }
    this._compared = store;
    this._isCompared = false;
    const { trans } = this._context;
    const words: HTMLElement[] = [];
    const sources = new Set(this._lines.map(({ item }) => item.source));
    const documents = this._trace.documents.filter(({ name }) => sources.has(name));
    const names = new Set(documents.map(({ name }) => name));
    for (const source of [...sources].filter(each => !names.has(each)).slice(0, MOST_DOCUMENTS)) {
      const told = trans.__('? Lines of %1 were not compared: the trace has no such document.', oneLine(source, 80));
      words.push(el('div', {}, told));
    }
    for (const info of documents.slice(0, MOST_DOCUMENTS)) {
      const found = await store.linesNow(info);
      if (this._store !== store) {
        return;
      }
      const name = oneLine(info.name, 80);
      if (!found) {
        words.push(el('div', {}, trans.__('? %1 cannot be read here, so it was not compared.', name)));
        continue;
      }
      let differing = 0;
      for (const { item, node } of this._lines.filter(each => each.item.source === info.name)) {
        const now = lineNow(item, found.lines);
        this._found.set(item, now);
        this._pass.setNow(evidenceName(item), { changed: !now.same, now: now.same ? null : now.text });
        this._drawNow(item, node);
        differing += now.same ? 0 : 1;
      }
      const changed = trans._n(
        '%2 has changed since the run; %1 line of evidence differs.',
        '%2 has changed since the run; %1 lines of evidence differ.',
        differing,
        name
      );
      words.push(
        found.unchanged
          ? el('div', {}, trans.__('✓ %1 is as the run read it.', name))
          : found.unchanged === null && differing === 0
            ? el('div', {}, trans.__('✓ The lines of evidence in %1 are as they were recorded.', name))
            : el('div', { class: 'jp-RlmNotice jp-mod-error' }, `✗ ${changed}`)
      );
    }
    const more = documents.length - MOST_DOCUMENTS;
    if (more > 0) {
      const told = trans._n('? %1 more document was not compared.', '? %1 more documents were not compared.', more);
      words.push(el('div', {}, told));
    }
    this._documents.replaceChildren(...words);
    this._isCompared = true;
  }

  private _drawNow(item: Evidence, node: HTMLElement): void {
    const { trans } = this._context;
    const kept = this._pass.row(evidenceName(item));
    const now = this._found.get(item) ?? { same: !kept.changed, text: kept.now, movedTo: null };
    node.hidden = now.same;
    const shown = (words: string | null): HTMLElement | string =>
      words === null
        ? trans.__('there is no such line')
        : words === ''
          ? trans.__('an empty line')
          : el('code', {}, oneLine(words, 300));
    node.replaceChildren(
      el('b', {}, trans.__('✗ changed since the run')),
      el('div', {}, `${trans.__('recorded')}: `, shown(item.text)),
      el('div', {}, `${trans.__('now')}: `, shown(now.text)),
      ...(now.movedTo === null
        ? []
        : [el('div', {}, trans.__('The recorded line stands in line %1 now.', count(now.movedTo)))])
    );
  }

  private readonly _pass: Pass;
  private readonly _summary: HTMLElement;
  private readonly _body = el('div');
  private readonly _documents = el('div', { role: 'status' });
  private readonly _rows: { name: RowName; label: string; node: HTMLElement }[] = [];
  private readonly _lines: { item: Evidence; node: HTMLElement }[] = [];
  private readonly _found = new Map<Evidence, LineNow>();
  private _store: AuditStore | null = null;
  private _below: Below | null = null;
  private _compared: AuditStore | null = null;
  private _isCompared = false;
  private _unwatch: (() => void) | null = null;
  private _written = 'null';
  private _isWriting = false;
}
