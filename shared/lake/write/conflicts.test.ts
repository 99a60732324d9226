import { describe, expect, it } from 'vitest';
import type { Action, AddFile } from '../log/actions.ts';
import { OUR_PROTOCOL } from '../log/protocol.ts';
import { Replay, type Snapshot } from '../log/snapshot.ts';
import { field, schemaOf, schemaString } from '../schema/schema.ts';
import { type ConflictKind, findConflict } from './conflicts.ts';
import type { CommitIntent } from './transaction.ts';

const SCHEMA = schemaOf(field('day', 'string'), field('id', 'integer'));

/** Ids from `min` to `max` of one day. */
function file(path: string, day: string, min: number, max: number, dataChange = true): AddFile {
  const bounds = (value: number): string => `{"id":${value}}`;
  const stats = `{"numRecords":9,"minValues":${bounds(min)},"maxValues":${bounds(max)},"nullCount":{"id":0}}`;
  return { path, partitionValues: { day }, size: 1, modificationTime: 1, dataChange, stats };
}

const MONDAY = file('monday', 'mon', 1, 10);
const TUESDAY = file('tuesday', 'tue', 1, 10);

function base(): Snapshot {
  const metaData = {
    id: 'table',
    format: { provider: 'parquet', options: {} },
    schemaString: schemaString(SCHEMA),
    partitionColumns: ['day'],
    configuration: {},
  };
  const replay = new Replay('t');
  replay.apply([{ protocol: OUR_PROTOCOL }, { metaData }, { add: MONDAY }, { add: TUESDAY }]);
  return replay.snapshot(4, null);
}

function intent(parts: Partial<CommitIntent>): CommitIntent {
  return { read: { kind: 'nothing' }, removes: [], adds: [], dataChange: true, operation: 'TEST', ...parts };
}

function remove({ path }: AddFile, dataChange = true): Action {
  return { remove: { path, dataChange, deletionTimestamp: 1 } };
}

const APPEND = intent({ adds: [file('new', 'mon', 1, 1)] });
const APPEND_OF_A = intent({ ...APPEND, txns: [{ appId: 'a', version: 2 }] });
const SET_PROPERTIES = intent({ metadata: base().metadata });
const DELETE_MONDAY_5 = intent({
  read: {
    kind: 'matching',
    where: {
      op: 'and',
      of: [
        { op: '=', column: 'day', value: 'mon' },
        { op: '=', column: 'id', value: 5 },
      ],
    },
  },
  removes: [MONDAY],
});
const REWRITE_ALL = intent({ read: { kind: 'table' }, removes: [MONDAY, TUESDAY] });
const COMPACT_MONDAY = intent({ removes: [MONDAY], adds: [file('joined', 'mon', 1, 10)], dataChange: false });
const COMPACT_HAVING_READ = intent({ ...COMPACT_MONDAY, read: { kind: 'table' } });

const ROWS_OF_MONDAY_5: Action = { add: file('x', 'mon', 5, 5) };
const ROWS_OF_MONDAY_50: Action = { add: file('x', 'mon', 50, 60) };
const ROWS_OF_TUESDAY: Action = { add: file('x', 'tue', 5, 5) };
const ROWS_WITHOUT_STATS: Action = {
  add: { path: 'x', partitionValues: { day: 'mon' }, size: 1, modificationTime: 1, dataChange: true },
};
const MOVED_ROWS: Action = { add: file('x', 'mon', 5, 5, false) };

describe('a commit that came in between', () => {
  it.each<[string, string, CommitIntent, readonly Action[], ConflictKind | null]>([
    ['an append', 'rows', APPEND, [ROWS_OF_MONDAY_5], null],
    ['an append', 'removals', APPEND, [remove(MONDAY)], null],
    ['an append', 'new metadata', APPEND, [{ metaData: base().metadata }], 'metadata-changed'],
    ['an append', 'a new protocol', APPEND, [{ protocol: OUR_PROTOCOL }], 'protocol-changed'],
    [
      'an append',
      'both',
      APPEND,
      [{ metaData: base().metadata }, { protocol: OUR_PROTOCOL }],
      'protocol-changed',
    ],
    [
      'an append of application a',
      'its txn',
      APPEND_OF_A,
      [{ txn: { appId: 'a', version: 1 } }],
      'concurrent-transaction',
    ],
    [
      'an append of application a',
      'that of another',
      APPEND_OF_A,
      [{ txn: { appId: 'b', version: 1 } }],
      null,
    ],
    ['setting properties', 'rows', SET_PROPERTIES, [ROWS_OF_MONDAY_5, remove(TUESDAY)], null],
    [
      'setting properties',
      'new metadata',
      SET_PROPERTIES,
      [{ metaData: base().metadata }],
      'metadata-changed',
    ],
    ['a delete', 'rows that match', DELETE_MONDAY_5, [ROWS_OF_MONDAY_5], 'concurrent-append'],
    ['a delete', 'rows that may match', DELETE_MONDAY_5, [ROWS_WITHOUT_STATS], 'concurrent-append'],
    ['a delete', 'rows out of its range', DELETE_MONDAY_5, [ROWS_OF_MONDAY_50], null],
    ['a delete', 'rows of another partition', DELETE_MONDAY_5, [ROWS_OF_TUESDAY], null],
    ['a delete', 'rows that only moved', DELETE_MONDAY_5, [MOVED_ROWS], null],
    [
      'a delete',
      'the removal of a file it read',
      DELETE_MONDAY_5,
      [remove(MONDAY)],
      'concurrent-delete-read',
    ],
    [
      'a delete',
      'a compaction of a file it read',
      DELETE_MONDAY_5,
      [remove(MONDAY, false), MOVED_ROWS],
      'concurrent-delete-read',
    ],
    ['a delete', 'the removal of a file it had no need of', DELETE_MONDAY_5, [remove(TUESDAY)], null],
    ['a rewrite of all', 'any row', REWRITE_ALL, [ROWS_OF_TUESDAY], 'concurrent-append'],
    ['a rewrite of all', 'any removal', REWRITE_ALL, [remove(TUESDAY)], 'concurrent-delete-read'],
    ['a compaction', 'rows of its partition', COMPACT_MONDAY, [ROWS_OF_MONDAY_5], null],
    ['a compaction that read all', 'rows', COMPACT_HAVING_READ, [ROWS_OF_MONDAY_5], null],
    ['a compaction', 'the removal of its file', COMPACT_MONDAY, [remove(MONDAY)], 'concurrent-delete-delete'],
    ['a compaction', 'the removal of another', COMPACT_MONDAY, [remove(TUESDAY)], null],
  ])('of %s with %s: %#', (_, __, ours, actions, kind) => {
    const conflict = findConflict(base(), ours, { version: 5, actions });
    expect(conflict).toEqual(kind === null ? null : { outcome: 'conflict', kind, version: 5 });
  });

  it('that creates the table conflicts with another that would', () => {
    const created: readonly Action[] = [{ protocol: OUR_PROTOCOL }, { metaData: base().metadata }];
    expect(findConflict(null, APPEND, { version: 0, actions: created })).toMatchObject({
      kind: 'protocol-changed',
    });
  });
});
