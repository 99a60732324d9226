import { describe, expect, it } from 'vitest';
import {
  field,
  memoryObjectStore,
  openTable,
  type Schema,
  type Snapshot,
  schemaOf,
} from '../../shared/lake/index.ts';
import { countingEnvironment } from '../../shared/lake/testing.ts';
import { currentTable, rawTable } from '../../shared/tables/index.ts';
import { MAX_MERGED_KEYS, planCurrent, planMerge } from './plan-current.ts';

const TARGET = currentTable('orders');

describe('the plan for a current table', () => {
  it('keeps what shows the pinned raw version, or a later one', async () => {
    const raw = await rawOrders(3);
    const appId = appIdOf(raw);
    expect(planCurrent(TARGET, raw, await currentOrders({ appId, version: 3 }))).toEqual({ kind: 'keep' });
    expect(planCurrent(TARGET, raw, await currentOrders({ appId, version: 4 }))).toEqual({ kind: 'keep' });
  });

  it('follows the changes since the version shown, whatever column another program has added', async () => {
    const raw = await rawOrders(3);
    const appId = appIdOf(raw);
    const plan = { kind: 'follow', shown: 1, txn: { appId, version: 3, expected: 1 } };
    expect(planCurrent(TARGET, raw, await currentOrders({ appId, version: 1 }))).toEqual(plan);
    const wider = schemaOf(...TARGET.schema.fields, field('note', 'string'));
    expect(planCurrent(TARGET, raw, await currentOrders({ appId, version: 1 }, wider))).toEqual(plan);
  });

  it('makes it from all changes where there is none, or one of another raw table or of other columns', async () => {
    const raw = await rawOrders(3);
    const txn = { appId: appIdOf(raw), version: 3 };
    const rebuild = (why: string) => ({ kind: 'rebuild', why, txn });
    expect(planCurrent(TARGET, raw, null)).toEqual(rebuild('no-current-table'));
    const before = await currentOrders({ appId: appIdOf(await rawOrders(9)), version: 9 });
    expect(planCurrent(TARGET, raw, before)).toEqual(rebuild('other-raw-table'));
    const shown = { appId: txn.appId, version: 2 };
    const narrow = schemaOf(...TARGET.schema.fields.slice(1));
    expect(planCurrent(TARGET, raw, await currentOrders(shown, narrow))).toEqual(rebuild('other-columns'));
    const retyped = schemaOf(field('order_id', 'long'), ...TARGET.schema.fields.slice(1));
    expect(planCurrent(TARGET, raw, await currentOrders(shown, retyped))).toEqual(rebuild('other-columns'));
  });
});

describe('the plan for new changes', () => {
  const few = { changes: 50, truncates: 0, keys: 40, floorLsn: 7n };

  it.each([
    ['merges them', few, 100, { kind: 'merge', floorLsn: 7n }],
    ['merges them where the raw table does not tell its rows', few, null, { kind: 'merge', floorLsn: 7n }],
    [
      'merges nothing where raw files were only joined',
      { ...few, changes: 0, keys: 0, floorLsn: null },
      100,
      { kind: 'merge', floorLsn: null },
    ],
    ['makes the table anew after a truncate', { ...few, truncates: 1 }, 100, rebuild('truncated')],
    ['makes it anew when more than half of all changes are new', few, 99, rebuild('mostly-new')],
    [
      'makes it anew when the keys would not fit into memory',
      { ...few, keys: MAX_MERGED_KEYS + 1 },
      null,
      rebuild('many-keys'),
    ],
  ])('%s', (_, survey, rawRows, plan) => {
    expect(planMerge(survey, rawRows)).toEqual(plan);
  });
});

function rebuild(why: string) {
  return { kind: 'rebuild', why };
}

function appIdOf(raw: Snapshot): string {
  return `feature/current/orders/${raw.metadata.id}`;
}

/** A raw table at a version. */
async function rawOrders(version: number): Promise<Snapshot> {
  const table = openTable(memoryObjectStore(), 'raw/orders', countingEnvironment());
  for (let at = 0; at < version; at++) await table.append({ schema: rawTable('orders').schema, batches: [] });
  return committed(await table.append({ schema: rawTable('orders').schema, batches: [] }));
}

async function currentOrders(
  txn: { readonly appId: string; readonly version: number },
  schema: Schema = TARGET.schema,
): Promise<Snapshot> {
  const table = openTable(memoryObjectStore(), TARGET.name, countingEnvironment());
  return committed(await table.overwrite({ schema, batches: [], txns: [txn] }));
}

function committed(outcome: { readonly outcome: string; readonly snapshot?: Snapshot }): Snapshot {
  if (outcome.snapshot === undefined) throw new Error(`the write was ${outcome.outcome}`);
  return outcome.snapshot;
}
