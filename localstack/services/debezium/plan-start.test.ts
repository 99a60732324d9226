import { describe, expect, it } from 'vitest';
import type {
  CaptureOwner,
  CaptureSource,
  DebeziumOwner,
  SlotState,
} from '../embedded/change-capture/index.ts';
import { planDebeziumStart } from './plan-start.ts';

const source: CaptureSource = { systemId: '7', publicationOid: 16_400 };
const slot: SlotState = { confirmedFlush: 100n, walStatus: 'reserved' };
const debezium: DebeziumOwner = {
  owner: 'debezium',
  source,
  connectUrl: 'http://connect:8083',
  connector: 'shop-connector',
  snapshotMode: 'initial',
  snapshotLsn: '90',
};
const embedded = (change: object = {}): CaptureOwner => ({
  owner: 'embedded',
  position: {
    source,
    snapshotDone: true,
    commitLsn: 120n,
    safeLsn: 121n,
    lastCommitEnd: 130n,
    partial: null,
    ...change,
  },
});

describe('planDebeziumStart', () => {
  it.each<[string, CaptureOwner | null, SlotState | null, boolean, object]>([
    ['reads all rows where nothing is', null, null, false, { action: 'snapshot', reason: null }],
    [
      'reads all rows where a slot is that the log knows nothing of',
      null,
      slot,
      false,
      { action: 'snapshot', reason: 'the slot is of an unknown reader' },
    ],
    ['adopts a connector that was registered by someone else', null, slot, true, { action: 'adopt' }],
    ['goes on', debezium, slot, true, { action: 'continue', owner: debezium }],
    [
      'begins the snapshot that was not begun',
      debezium,
      slot,
      false,
      { action: 'snapshot', reason: 'the snapshot was not begun' },
    ],
    [
      'starts at the slot that was handed over',
      { ...debezium, snapshotMode: 'no_data' },
      slot,
      false,
      { action: 'continue', owner: { ...debezium, snapshotMode: 'no_data' } },
    ],
    [
      'reads all rows where the slot is gone',
      debezium,
      null,
      true,
      { action: 'snapshot', reason: 'the slot is gone' },
    ],
    ['takes over from the embedded capture', embedded(), slot, false, { action: 'take-over' }],
    [
      'does not take over an unfinished snapshot',
      embedded({ snapshotDone: false }),
      slot,
      false,
      { action: 'snapshot', reason: 'the snapshot was not finished' },
    ],
    [
      'does not take over a slot that was moved on',
      embedded({ safeLsn: 99n }),
      slot,
      false,
      { action: 'snapshot', reason: 'the slot stands at 100, past the stored position 99' },
    ],
  ])('%s', (_, stored, found, hasOffset, plan) => {
    expect(planDebeziumStart(stored, found, source, hasOffset)).toEqual(plan);
  });

  it('refuses the log of another database', () => {
    for (const stored of [debezium, embedded()]) {
      const plan = planDebeziumStart(stored, slot, { ...source, systemId: '8' }, true);
      expect(plan).toMatchObject({ action: 'refuse', error: { code: 'other_database' } });
    }
  });
});
