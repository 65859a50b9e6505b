/**
 * The auditor's pass: which rows of an answer somebody has checked, what they noted, and who signed it off.
 *
 * It is kept beside the trace (in the metadata of its cell), under the digest of the trace that it is about, as JSON that
 * `rlm_kernel/render/audit_pass.py` reads as well. It is read from data that nobody has checked.
 */

import type { Evidence, Grounding, Json, Trace } from './trace';

export const AUDIT_SCHEMA = 'rlm.audit/1';
/** The key of a cell's metadata below which the passes stand, by the digest of the trace. */
export const METADATA_KEY = 'rlm_audit';

/** How many items of the grounding, and how many lines of evidence, a card lists. */
export const MOST_LISTED = 100;
const MOST_ROWS = 2_000;
const LONGEST_NOTE = 4_000;
const LONGEST_NAME = 200;

/** A row that can be checked: a line of evidence, or a value of the answer. */
export interface RowName {
  kind: 'evidence' | 'grounding';
  source: string;
  line: number | null;
  path: string;
  item: string;
}

export interface AuditRow extends RowName {
  checked: boolean;
  note: string;
  /** Whether another text stood there when the pass was made than the run had recorded. */
  changed: boolean;
  /** That text; null: there was no such line, or nothing had changed. */
  now: string | null;
}

export interface Audit {
  /** That of the trace that it is about. */
  digest: string;
  rows: AuditRow[];
  note: string;
  /** Who signed it off; empty: nobody has. */
  signedBy: string;
  /** When, as ISO 8601 in UTC. */
  signedAt: string;
}

export function evidenceName({ source, line }: Evidence): RowName {
  return { kind: 'evidence', source, line, path: '', item: '' };
}

export function groundingName({ path, item }: Grounding): RowName {
  return { kind: 'grounding', source: '', line: null, path, item };
}

/** Every row of an answer that its card lists, each once. */
export function rowsOf(trace: Trace): RowName[] {
  const rows = [
    ...allItems(trace).slice(0, MOST_LISTED).map(groundingName),
    ...trace.evidence.slice(0, MOST_LISTED).map(evidenceName)
  ];
  return [...new Map(rows.map(row => [keyOf(row), row])).values()];
}

/** How many rows the run had that its card does not list: the copy is shortened, or they are too many. */
export function unlisted(trace: Trace): number {
  const whole = (name: string, kept: number): number => Math.max(trace.leftOut.whole.get(name) ?? kept, kept) - kept;
  const beyond = (rows: number): number => Math.max(0, rows - MOST_LISTED);
  const gone = whole('grounding', trace.grounding.length) + whole('evidence', trace.evidence.length);
  return gone + beyond(allItems(trace).length) + beyond(trace.evidence.length);
}

function allItems(trace: Trace): Grounding[] {
  return trace.grounding.flatMap(item => [item, ...item.parts]);
}

function keyOf({ kind, source, line, path, item }: RowName): string {
  return JSON.stringify([kind, source, line, path, item]);
}

/** The pass over the trace with this digest, of the metadata of a cell; null where there is none. */
export function auditFor(digest: string, metadata: Json): Audit | null {
  const audit = digest !== '' && isKept(digest, metadata) ? readAudit(metadata[digest]) : null;
  return audit?.digest === digest ? audit : null;
}

/** Whether something stands there that this version cannot read: it must not be written over. */
export function isUnreadable(digest: string, metadata: Json): boolean {
  return isKept(digest, metadata) && auditFor(digest, metadata) === null;
}

function isKept(digest: string, metadata: Json): metadata is Record<string, Json> {
  return isRecord(metadata) && Object.hasOwn(metadata, digest);
}

/** Whether there are passes over other runs only: the cell has run anew since. */
export function isOfAnotherRun(digest: string, metadata: Json): boolean {
  return isRecord(metadata) && !Object.hasOwn(metadata, digest) && Object.values(metadata).some(isRecord);
}

/** Read a pass. Never throws; null where it is none, or of a later schema. */
export function readAudit(data: Json): Audit | null {
  if (!isRecord(data) || data.schema !== AUDIT_SCHEMA) {
    return null;
  }
  const rows = (Array.isArray(data.rows) ? data.rows : []).slice(0, MOST_ROWS).filter(isRecord);
  return {
    digest: text(data.digest),
    rows: rows
      .filter(row => row.kind === 'evidence' || row.kind === 'grounding')
      .map(row => ({
        kind: row.kind === 'evidence' ? 'evidence' : 'grounding',
        source: text(row.source),
        line: typeof row.line === 'number' ? row.line : null,
        path: text(row.path),
        item: text(row.item),
        checked: row.checked === true,
        note: text(row.note).slice(0, LONGEST_NOTE),
        changed: row.changed === true,
        now: typeof row.now === 'string' ? row.now.slice(0, LONGEST_NOTE) : null
      })),
    note: text(data.note).slice(0, LONGEST_NOTE),
    signedBy: text(data.signed_by).slice(0, LONGEST_NAME),
    signedAt: text(data.signed_at).slice(0, 40)
  };
}

/** A pass as it is kept. */
export function auditData(audit: Audit): Record<string, Json> {
  return {
    schema: AUDIT_SCHEMA,
    digest: audit.digest,
    rows: audit.rows.slice(0, MOST_ROWS).map(row => ({ ...row })),
    note: audit.note,
    signed_by: audit.signedBy,
    signed_at: audit.signedAt
  };
}

/** A pass that is being made. What is signed off changes no more, until the sign-off is taken back. */
export class Pass {
  constructor(
    private readonly _trace: Trace,
    audit: Audit | null = null
  ) {
    this._all = rowsOf(_trace);
    this.take(audit);
  }

  /** Another state of it, as it was kept. */
  take(audit: Audit | null): void {
    this._rows = new Map((audit?.rows ?? []).map(row => [keyOf(row), row]));
    this.note = audit?.note ?? '';
    this._signedBy = audit?.signedBy ?? '';
    this._signedAt = audit?.signedAt ?? '';
  }

  get isSigned(): boolean {
    return this._signedBy !== '';
  }

  get isEmpty(): boolean {
    return !this.isSigned && this.note === '' && !this._kept().some(row => row.checked || row.note !== '');
  }

  get audit(): Audit {
    return {
      digest: this._trace.digest,
      rows: this._kept(),
      note: this.note,
      signedBy: this._signedBy,
      signedAt: this._signedAt
    };
  }

  row(name: RowName): AuditRow {
    const kept = this._rows.get(keyOf(name)) ?? { ...name, checked: false, note: '', changed: false, now: null };
    // What was signed stays as it was signed.
    return { ...kept, ...(this.isSigned ? {} : this._compared.get(keyOf(name))?.now) };
  }

  setRow(name: RowName, change: Partial<Pick<AuditRow, 'checked' | 'note'>>): void {
    if (!this.isSigned) {
      const note = (change.note ?? this.row(name).note).slice(0, LONGEST_NOTE);
      this._rows.set(keyOf(name), { ...this.row(name), ...change, note });
    }
  }

  /** What a comparison with the document has found; it is part of what is kept and signed from now on. */
  setNow(name: RowName, now: Pick<AuditRow, 'changed' | 'now'>): void {
    this._compared.set(keyOf(name), { name, now });
  }

  setNote(note: string): void {
    if (!this.isSigned) {
      this.note = note.slice(0, LONGEST_NOTE);
    }
  }

  /** Sign it off. Returns whether that could be: it needs a name. */
  sign(name: string, at: Date): boolean {
    const by = name.trim().slice(0, LONGEST_NAME);
    if (by === '' || this.isSigned) {
      return false;
    }
    // What the comparison has found is signed as well.
    this._rows = new Map(this._kept().map(row => [keyOf(row), row]));
    this._signedBy = by;
    this._signedAt = `${at.toISOString().slice(0, 19)}Z`;
    return true;
  }

  withdraw(): void {
    this._signedBy = '';
    this._signedAt = '';
  }

  /** How many of the answer's rows are checked, of how many, and how many notes there are. */
  get counts(): { checked: number; all: number; notes: number } {
    const rows = this._all.map(name => this.row(name));
    const notes = rows.filter(row => row.note !== '').length + (this.note === '' ? 0 : 1);
    return { checked: rows.filter(row => row.checked).length, all: rows.length, notes };
  }

  private _kept(): AuditRow[] {
    const names = new Map<string, RowName>(this._rows);
    for (const [key, { name }] of this._compared) {
      names.set(key, names.get(key) ?? name);
    }
    return [...names.values()]
      .map(({ kind, source, line, path, item }) => this.row({ kind, source, line, path, item }))
      .filter(row => row.checked || row.note !== '' || row.changed);
  }

  note = '';
  private readonly _all: RowName[];
  private _rows = new Map<string, AuditRow>();
  private readonly _compared = new Map<string, { name: RowName; now: Pick<AuditRow, 'changed' | 'now'> }>();
  private _signedBy = '';
  private _signedAt = '';
}

// Longer lines are recorded by their beginning.
const LONGEST_RECORDED = 500;

/** A line of a document as it is now, beside the one that was recorded; `movedTo`: where that one stands now. */
export interface LineNow {
  same: boolean;
  /** null: there is no such line any more. */
  text: string | null;
  movedTo: number | null;
}

/** What has become of a recorded line in the lines that the document has now. */
export function lineNow({ line, text }: Evidence, lines: string[]): LineNow {
  const now = lines.map(each => each.replace(/\r$/, ''));
  const isCut = text !== null && [...text].length >= LONGEST_RECORDED;
  const isIt = (each: string): boolean => each === text || (isCut && each.startsWith(text));
  const at = now[line - 1] ?? null;
  if (at === null ? text === null : isIt(at)) {
    return { same: true, text: at, movedTo: null };
  }
  const moved = text === null || text.trim() === '' ? -1 : now.findIndex(isIt);
  return { same: false, text: at, movedTo: moved < 0 ? null : moved + 1 };
}

function isRecord(data: Json): data is Record<string, Json> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function text(data: Json): string {
  return typeof data === 'string' ? data : '';
}
