import fc from 'fast-check';
import { compact, restore, type Table, type WriteOutcome } from '../index.ts';
import { batchOfRows } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { field, schemaOf } from '../schema/schema.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { Effect, HistoryModel, ModelVersion, Row } from './history-model.fixture.ts';

export const NARROW = schemaOf(field('shop', 'string'), field('id', 'integer'), field('value', 'integer'));
export const WIDE = schemaOf(...NARROW.fields, field('extra', 'string'));

/** Something that commits to the table. */
export type Operation =
  | { readonly kind: 'insert'; readonly rows: readonly Row[]; readonly isWide: boolean }
  /** Stored with a transaction; one that is not newer than the stored one commits nothing. */
  | { readonly kind: 'insert-once'; readonly rows: readonly Row[]; readonly txn: number }
  | { readonly kind: 'update'; readonly rows: readonly Row[] }
  | { readonly kind: 'delete-keys'; readonly ids: readonly number[] }
  | { readonly kind: 'delete-where'; readonly from: number; readonly to: number }
  | { readonly kind: 'overwrite-partition'; readonly shop: string; readonly rows: readonly Row[] }
  | { readonly kind: 'overwrite'; readonly rows: readonly Row[] }
  | { readonly kind: 'compact' }
  /** To a version, told as a fraction of those that are sure to be whole. */
  | { readonly kind: 'restore'; readonly at: number };

const shop = fc.constantFrom('a', 'b', 'c/d %', null);
const id = fc.integer({ min: 0, max: 15 });
const row: fc.Arbitrary<Row> = fc.record({
  shop,
  id,
  value: fc.integer({ min: 0, max: 999 }),
  extra: fc.constant(null),
});
const rows = fc.array(row, { maxLength: 4 });
const wideRows = fc.array(
  fc.record({
    shop,
    id,
    value: fc.integer({ min: 0, max: 999 }),
    extra: fc.option(fc.constantFrom('x', 'y')),
  }),
  { minLength: 1, maxLength: 3 },
);
const kind = <Kind extends Operation['kind']>(name: Kind) => fc.constant(name);

export const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: kind('insert'), rows, isWide: fc.constant(false) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('insert'), rows: wideRows, isWide: fc.constant(true) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('insert-once'), rows, txn: fc.integer({ min: 0, max: 5 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('update'),
      rows: fc.uniqueArray(row, { selector: (each) => each.id, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('delete-keys'), ids: fc.uniqueArray(id, { maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('delete-where'), from: id, to: id }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('a', 'b', 'c/d %'), rows).map(([replaced, each]) => ({
      kind: 'overwrite-partition' as const,
      shop: replaced,
      rows: each.map((one) => ({ ...one, shop: replaced })),
    })),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('overwrite'), rows }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('compact') }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('restore'), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
);

export interface Performed {
  /** Of the store that the table was opened on. */
  readonly store: ObjectStore;
  readonly table: Table;
  readonly model: HistoryModel;
  readonly isPartitioned: boolean;
}

/** Resolves to the outcome's name. */
export async function perform(
  { store, table, model, isPartitioned }: Performed,
  operation: Operation,
): Promise<string> {
  switch (operation.kind) {
    case 'insert': {
      const schema = operation.isWide ? WIDE : NARROW;
      return outcomeOf(table.append({ schema, batches: [batchOfRows(schema, operation.rows)] }));
    }
    case 'insert-once': {
      const txns = [{ appId: 'application', version: operation.txn }];
      return outcomeOf(
        table.append({ schema: NARROW, batches: [batchOfRows(NARROW, operation.rows)], txns }),
      );
    }
    case 'update': {
      const upserts = [batchOfRows(NARROW, operation.rows)];
      return outcomeOf(table.merge({ schema: NARROW, key: ['id'], upserts }));
    }
    case 'delete-keys': {
      const keys = operation.ids.map((deleted) => ({ id: deleted }));
      const deletes = [batchOfRows(schemaOf(field('id', 'integer')), keys)];
      return outcomeOf(table.merge({ schema: NARROW, key: ['id'], upserts: [], deletes }));
    }
    case 'delete-where':
      return outcomeOf(table.delete({ where: idsWithin(operation.from, operation.to) }));
    case 'overwrite-partition':
    case 'overwrite': {
      const whole = { schema: NARROW, batches: [batchOfRows(NARROW, operation.rows)] };
      const isPart = operation.kind === 'overwrite-partition' && isPartitioned;
      return outcomeOf(
        table.overwrite(
          isPart ? { ...whole, where: { op: '=', column: 'shop', value: operation.shop } } : whole,
        ),
      );
    }
    case 'compact': {
      const options = { targetFileBytes: 2 ** 20, minInputFiles: 2, settledBefore: Number.MAX_SAFE_INTEGER };
      const { bins } = await compact(table, store, options);
      return bins.length > 0 && bins.every(({ outcome }) => outcome === 'joined') ? 'committed' : 'unchanged';
    }
    case 'restore': {
      const { outcome } = await restore(table, store, { version: restoredVersion(model, operation.at) });
      return outcome === 'restored' ? 'committed' : outcome;
    }
  }
}

/** What the next version is, as the operation alone tells it; null where it commits nothing. */
export function effectOf(model: HistoryModel, operation: Operation, isPartitioned: boolean): Effect | null {
  const { current } = model;
  const keeps = (rows: readonly Row[]) => ({ ...current, rows });
  const replaced = (isGone: (one: Row) => boolean, added: readonly Row[], name: string): Effect => ({
    ...keeps([...current.rows.filter((one) => !isGone(one)), ...added]),
    operation: name,
    removes: current.rows.some(isGone) ? 'yes' : 'no',
  });
  switch (operation.kind) {
    case 'insert':
      return {
        ...replaced(() => false, operation.rows, 'WRITE'),
        isWide: current.isWide || operation.isWide,
      };
    case 'insert-once':
      if (model.txn !== null && operation.txn <= model.txn) return null;
      return { ...replaced(() => false, operation.rows, 'WRITE'), txn: operation.txn };
    case 'update': {
      const ids = new Set(operation.rows.map((one) => one.id));
      return replaced((one) => ids.has(one.id), operation.rows, 'MERGE');
    }
    case 'delete-keys':
      return replaced((one) => operation.ids.includes(one.id), [], 'MERGE');
    case 'delete-where':
      return replaced((one) => one.id >= operation.from && one.id <= operation.to, [], 'DELETE');
    case 'overwrite-partition':
      return replaced((one) => !isPartitioned || one.shop === operation.shop, operation.rows, 'WRITE');
    case 'overwrite':
      return replaced(() => true, operation.rows, 'WRITE');
    case 'compact':
      return { ...keeps(current.rows), operation: 'OPTIMIZE', removes: 'no' };
    case 'restore': {
      const { rows: restored, isWide } = model.versions[restoredVersion(model, operation.at)]!;
      return { rows: restored, isWide, operation: 'RESTORE', removes: 'maybe' };
    }
  }
}

export function restoredVersion({ guaranteedFrom, newest }: HistoryModel, at: number): number {
  return guaranteedFrom + Math.round(at * (newest - guaranteedFrom));
}

async function outcomeOf(writing: Promise<WriteOutcome>): Promise<ModelVersion['operation']> {
  const written = await writing;
  if (written.outcome === 'committed' && written.checkpointFailure !== undefined) {
    throw written.checkpointFailure;
  }
  return written.outcome;
}

function idsWithin(from: number, to: number): Predicate {
  return {
    op: 'and',
    of: [
      { op: '>=', column: 'id', value: from },
      { op: '<=', column: 'id', value: to },
    ],
  };
}
