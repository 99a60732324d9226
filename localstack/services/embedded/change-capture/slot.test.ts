import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CapturePosition, decodePosition, encodePosition } from './capture-position.ts';
import { planStart } from './slot.ts';

const stored: CapturePosition = {
  snapshotDone: true,
  commitLsn: 100n,
  safeLsn: 120n,
  lastCommitEnd: 110n,
  partial: null,
};
const slot = { confirmedFlush: 120n, walStatus: 'reserved' };

describe('what a start does', () => {
  it('resumes where the slot stands at or before what the sink holds', () => {
    expect(planStart(stored, slot)).toEqual({ action: 'resume', position: stored });
    expect(planStart(stored, { ...slot, confirmedFlush: 90n })).toEqual({
      action: 'resume',
      position: stored,
    });
  });

  it('reads all rows at the very first start, without a complaint', () => {
    expect(planStart(null, null)).toEqual({ action: 'snapshot', reason: null });
    expect(planStart(null, slot)).toEqual({ action: 'snapshot', reason: null });
  });

  it.each([
    ['an unfinished snapshot', { ...stored, snapshotDone: false }, slot, 'the snapshot was not finished'],
    ['no slot', stored, null, 'the slot is gone'],
    ['a lost slot', stored, { ...slot, walStatus: 'lost' }, 'the slot fell too far behind and lost its log'],
    [
      'a slot past the sink',
      stored,
      { ...slot, confirmedFlush: 121n },
      'the slot stands at 121, past the stored position 120',
    ],
  ])('reads all rows afresh and says why: %s', (_, position, found, reason) => {
    expect(planStart(position, found)).toEqual({ action: 'snapshot', reason });
  });
});

describe('the stored position', () => {
  const lsn = fc.bigInt({ min: 0n, max: 0xffffffffffffffffn });
  const position: fc.Arbitrary<CapturePosition> = fc.record({
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
