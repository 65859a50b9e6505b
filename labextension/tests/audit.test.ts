import { describe, expect, it } from 'vitest';

import {
  Pass,
  auditData,
  auditFor,
  evidenceName,
  isOfAnotherRun,
  isUnreadable,
  lineNow,
  readAudit,
  rowsOf,
  unlisted
} from '../src/model/audit';
import { trace } from './fixture';

const DIGEST = 'd'.repeat(64);
const WHEN = new Date('2026-11-28T12:30:00.123Z');
const run = trace({
  digest: DIGEST,
  evidence: [
    { source: 'report.txt', line: 12, text: 'SALES north: $1,000' },
    { source: 'report.txt', line: 12, text: 'SALES north: $1,000' }
  ],
  grounding: [{ item: '1,000', verdict: 'document', parts: [{ item: '12', verdict: 'typed', path: 'a' }] }]
});
const [line] = run.evidence.map(evidenceName);

function made(): Pass {
  const pass = new Pass(run);
  pass.setRow(line!, { checked: true, note: '</script><b>x' });
  pass.setNote('All in order');
  return pass;
}

describe('an auditor’s pass', () => {
  it('has each row once, the values with their parts first', () => {
    expect(rowsOf(run).map(({ kind, item, line: number }) => [kind, item, number])).toEqual([
      ['grounding', '1,000', null],
      ['grounding', '12', null],
      ['evidence', '', 12]
    ]);
    expect(made().counts).toEqual({ checked: 1, all: 3, notes: 2 });
  });

  it('is the same after it was kept and read, whatever the order of its keys', () => {
    const pass = made();
    expect(pass.sign('  Ada Lovelace ', WHEN)).toBe(true);
    // As a notebook is saved: its keys in another order.
    const turned = Object.fromEntries(Object.entries(auditData(pass.audit)).reverse());
    const saved = JSON.parse(JSON.stringify({ [DIGEST]: turned })) as unknown;
    const again = new Pass(run, auditFor(DIGEST, saved));
    expect(again.audit).toEqual(pass.audit);
    expect(again.audit).toMatchObject({ signedBy: 'Ada Lovelace', signedAt: '2026-11-28T12:30:00Z' });
    expect(again.row(line!)).toMatchObject({ checked: true, note: '</script><b>x' });
  });

  it('changes no more once it is signed, until that is taken back', () => {
    const pass = made();
    expect(pass.sign(' ', WHEN)).toBe(false);
    expect(pass.isSigned).toBe(false);
    pass.sign('Ada', WHEN);
    expect(pass.sign('Eve', WHEN)).toBe(false);
    pass.setRow(line!, { checked: false });
    pass.setNote('changed');
    expect(pass.audit).toMatchObject({ note: 'All in order', signedBy: 'Ada' });
    expect(pass.row(line!).checked).toBe(true);
    pass.withdraw();
    pass.setNote('changed');
    expect(pass.audit).toMatchObject({ note: 'changed', signedBy: '', signedAt: '' });
  });

  it('of one run is not shown for another', () => {
    const saved = { [DIGEST]: auditData(made().audit) };
    expect(auditFor('e'.repeat(64), saved)).toBeNull();
    expect(isOfAnotherRun('e'.repeat(64), saved)).toBe(true);
    expect(isOfAnotherRun(DIGEST, saved)).toBe(false);
    expect(auditFor('', { '': auditData(made().audit) })).toBeNull();
  });

  it('is empty where nothing was ticked, noted or signed, even if a line has changed', () => {
    const pass = new Pass(run);
    pass.setNow(line!, { changed: true, now: 'another line' });
    expect(pass.isEmpty).toBe(true);
    pass.setRow(line!, { checked: true });
    expect(pass.isEmpty).toBe(false);
    expect(pass.audit.rows).toEqual([{ ...line, checked: true, note: '', changed: true, now: 'another line' }]);
  });

  it('keeps what was compared when somebody else has changed it, and signs it', () => {
    const pass = made();
    pass.setNow(line!, { changed: true, now: null });
    pass.take(null);
    expect(pass.row(line!)).toMatchObject({ checked: false, changed: true, now: null });
    pass.sign('Ada', WHEN);
    pass.setNow(line!, { changed: false, now: null });
    expect(readAudit(auditData(pass.audit))?.rows).toMatchObject([{ checked: false, changed: true, now: null }]);
  });

  it('of a later version is not written over, nor one whose digest is another', () => {
    for (const kept of [
      { schema: 'rlm.audit/2', digest: DIGEST },
      { ...auditData(made().audit), digest: 'x' }
    ]) {
      expect(auditFor(DIGEST, { [DIGEST]: kept })).toBeNull();
      expect(isUnreadable(DIGEST, { [DIGEST]: kept })).toBe(true);
    }
    expect(isUnreadable(DIGEST, { [DIGEST]: auditData(made().audit) })).toBe(false);
    expect(isUnreadable(DIGEST, {})).toBe(false);
  });

  it('counts the rows that are listed, and says how many are not', () => {
    const evidence = Array.from({ length: 130 }, (_, at) => ({ source: 'a', line: at + 1, text: '' }));
    const long = trace({ digest: DIGEST, grounding: [], evidence, view: { whole: [['evidence', 500]] } });
    expect(new Pass(long).counts.all).toBe(100);
    expect(unlisted(long)).toBe(400);
    expect(unlisted(run)).toBe(0);
  });

  it.each([null, 3, [], {}, { schema: 'rlm.audit/2' }, { __proto__: null, schema: 5 }])('is none in %j', data => {
    expect(readAudit(data)).toBeNull();
    expect(auditFor(DIGEST, data)).toBeNull();
  });

  it('passes over what is no row', () => {
    const rows = [null, 3, { kind: 'other' }, { kind: 'evidence', source: 3, line: 'x', checked: 'yes', note: {} }];
    expect(readAudit({ schema: 'rlm.audit/1', rows, note: 5 })).toMatchObject({
      rows: [{ kind: 'evidence', source: '', line: null, checked: false, note: '', changed: false, now: null }],
      note: ''
    });
  });
});

describe('a recorded line', () => {
  const recorded = { source: 'a', line: 2, text: 'two' };
  it.each([
    ['one\ntwo', { same: true, text: 'two', movedTo: null }],
    ['one\ntwo\r', { same: true, text: 'two', movedTo: null }],
    ['one\nTWO', { same: false, text: 'TWO', movedTo: null }],
    ['one\nnew\ntwo', { same: false, text: 'new', movedTo: 3 }],
    ['two', { same: false, text: null, movedTo: 1 }]
  ])('in %j', (text, expected) => {
    expect(lineNow(recorded, text.split('\n'))).toEqual(expected);
  });

  it('that was not there is the same only while it is not there', () => {
    expect(lineNow({ ...recorded, text: null }, ['one']).same).toBe(true);
    expect(lineNow({ ...recorded, text: null }, ['one', 'two'])).toMatchObject({ same: false, text: 'two' });
  });

  it('that was too long is compared by its beginning', () => {
    const text = 'x'.repeat(500);
    expect(lineNow({ ...recorded, text }, ['', `${text}yy`]).same).toBe(true);
    expect(lineNow({ ...recorded, text }, ['', `y${text}`]).same).toBe(false);
  });
});
