import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CapturePosition, decodePosition, encodePosition } from './capture-position.ts';
import { planStart } from './slot.ts';

const source = { systemId: '7000', publicationOid: 16_400 };
const stored: CapturePosition = {
  source,
  snapshotDone: true,
  commitLsn: 100n,
  safeLsn: 120n,
  lastCommitEnd: 110n,
  partial: null,
};
const slot = { confirmedFlush: 120n, walStatus: 'reserved' };

describe('what a start does', () => {
  it('resumes where the slot stands at or before what the sink holds', () => {
    expect(planStart(stored, slot, source)).toEqual({ action: 'resume', position: stored });
    expect(planStart(stored, { ...slot, confirmedFlush: 90n }, source)).toEqual({
      action: 'resume',
      position: stored,
    });
  });

  it('reads all rows at the very first start, without a complaint', () => {
    const first = { action: 'snapshot', reason: null, wasComplete: false };
    expect(planStart(null, null, source)).toEqual(first);
    expect(planStart(null, slot, source)).toEqual(first);
  });

  it.each([
    [
      'a publication made anew',
      { ...stored, source: { ...source, publicationOid: 1 } },
      slot,
      'the publication was made anew',
    ],
    ['no slot', stored, null, 'the slot is gone'],
    ['a lost slot', stored, { ...slot, walStatus: 'lost' }, 'the slot fell too far behind and lost its log'],
    [
      'a slot past the sink',
      stored,
      { ...slot, confirmedFlush: 121n },
      'the slot stands at 121, past the stored position 120',
    ],
  ])('reads all rows afresh and says why: %s', (_, position, found, reason) => {
    expect(planStart(position, found, source)).toEqual({ action: 'snapshot', reason, wasComplete: true });
  });

  it('starts an unfinished snapshot over', () => {
    expect(planStart({ ...stored, snapshotDone: false }, slot, source)).toEqual({
      action: 'snapshot',
      reason: 'the snapshot was not finished',
      wasComplete: false,
    });
  });

  it('refuses a database whose positions cannot be compared with the stored ones', () => {
    const plan = planStart(stored, slot, { ...source, systemId: '8000' });
    expect(plan).toMatchObject({ action: 'refuse', error: { code: 'other_database' } });
  });
});

describe('the stored position', () => {
  const lsn = fc.bigInt({ min: 0n, max: 0xffffffffffffffffn });
  const position: fc.Arbitrary<CapturePosition> = fc.record({
    source: fc.record({ systemId: fc.string(), publicationOid: fc.nat() }),
    snapshotDone: fc.boolean(),
    commitLsn: lsn,
    safeLsn: lsn,
    lastCommitEnd: fc.option(lsn, { nil: null }),
    partial: fc.option(fc.record({ commitLsn: lsn, rowRecords: fc.nat() }), { nil: null }),
  });

  it('reads back as it was written', () => {
    fc.assert(
      fc.property(position, (written) => {
        expect(decodePosition(encodePosition(written))).toEqual(written);
      }),
    );
  });

  it.each(['', '{}', '{"snapshotDone":1}'])('refuses %j with a coded error', (text) => {
    expect(() => decodePosition(text)).toThrow(expect.objectContaining({ code: 'invalid_capture_position' }));
  });
});
