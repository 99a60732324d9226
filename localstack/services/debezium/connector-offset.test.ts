import { describe, expect, it } from 'vitest';
import { connectorReach } from './connector-offset.ts';

/** Offsets as Debezium 3.7.0 stored them. */
describe('connectorReach', () => {
  it.each([
    ['before the first record', null, { snapshotDone: false, lastCommitEnd: null, partial: null }],
    [
      'within the snapshot',
      { snapshot: 'initial', snapshot_completed: false, lsn: 28862368, txId: 756 },
      { snapshotDone: false, lastCommitEnd: null, partial: null },
    ],
    [
      'after the snapshot',
      { lsn: 28862368, txId: 756, ts_usec: 1795410167061978 },
      { snapshotDone: true, lastCommitEnd: null, partial: null },
    ],
    [
      'between transactions',
      {
        lsn_proc: 28862944,
        messageType: 'COMMIT',
        lsn_commit: 28862944,
        lsn: 28862944,
        txId: 758,
        ts_usec: 1795410198964390,
      },
      { snapshotDone: true, lastCommitEnd: 28862944n, partial: null },
    ],
    [
      'within a transaction',
      {
        lsn_proc: 28863136,
        lsn_events_processed: 1,
        messageType: 'INSERT',
        lsn_commit: 28863136,
        lsn: 28863136,
        txId: 760,
        ts_usec: 1795410202991323,
      },
      {
        snapshotDone: true,
        lastCommitEnd: 28863136n,
        partial: { txId: 760, lsn: 28863136n, events: 1 },
      },
    ],
  ])('%s', (_, offset, reach) => {
    expect(connectorReach(offset)).toEqual(reach);
  });

  it('refuses what is not an offset of Debezium', () => {
    expect(() => connectorReach({ position: 1 })).toThrow(
      expect.objectContaining({ code: 'invalid_connector_offset' }),
    );
  });
});
