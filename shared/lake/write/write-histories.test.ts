import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSnapshot } from '../log/log-reader.ts';
import { batchOfRows } from '../schema/batch.ts';
import type { Predicate } from '../schema/predicate.ts';
import { field, schemaOf } from '../schema/schema.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { countingEnvironment, rowsOf, sorted } from '../testing.ts';
import { openTable, type Table } from './table.ts';
import type { WriteOutcome } from './write-requests.ts';

const SCHEMA = schemaOf(field('shop', 'string'), field('id', 'integer'), field('value', 'integer'));

type Row = { readonly shop: string | null; readonly id: number; readonly value: number };

type Write =
  | { readonly kind: 'append'; readonly rows: readonly Row[] }
  | { readonly kind: 'merge'; readonly upserts: readonly Row[]; readonly deletes: readonly number[] }
  | { readonly kind: 'delete'; readonly from: number; readonly to: number }
  | { readonly kind: 'replace'; readonly shop: string; readonly rows: readonly Row[] }
  | { readonly kind: 'compact' };

const shop = fc.constantFrom('a', 'b', 'c/d', null);
const id = fc.integer({ min: 0, max: 20 });
const row: fc.Arbitrary<Row> = fc.record({ shop, id, value: fc.integer({ min: 0, max: 999 }) });
const rows = fc.array(row, { maxLength: 5 });
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), rows }),
  fc
    .tuple(
      fc.uniqueArray(row, { selector: (each) => each.id, maxLength: 5 }),
      fc.uniqueArray(id, { maxLength: 3 }),
    )
    .map(([upserts, deletes]) => ({
      kind: 'merge' as const,
      upserts,
      deletes: deletes.filter((each) => !upserts.some((upserted) => upserted.id === each)),
    })),
  fc
    .tuple(id, id)
    .map(([from, to]) => ({ kind: 'delete' as const, from: Math.min(from, to), to: Math.max(from, to) })),
  fc.tuple(fc.constantFrom('a', 'b', 'c/d'), rows).map(([replaced, each]) => ({
    kind: 'replace' as const,
    shop: replaced,
    rows: each.map((one) => ({ ...one, shop: replaced })),
  })),
  fc.constant({ kind: 'compact' as const }),
);

/** Writes of one turn run at once, each by a process of its own. */
const history = fc.array(fc.array(write, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });

describe('any history of writes', () => {
  it.each([
    ['partitioned', ['shop']],
    ['unpartitioned', []],
  ])(
    'of a %s table that several processes share leaves the rows of some order of them: that of their versions',
    async (_, partitionBy) => {
      await fc.assert(
        fc.asyncProperty(history, fc.infiniteStream(fc.nat(3)), async (turns, delays) => {
          const store = memoryObjectStore();
          const tables = [1, 2, 3].map(() => openTable(unevenly(store, delays), 't', countingEnvironment()));
          const [first] = tables as [Table];
          await first.append({ schema: SCHEMA, batches: [], partitionBy });
          let model: readonly Row[] = [];
          for (const turn of turns) {
            const done = await Promise.all(
              turn.map(async (each, index) => ({
                each,
                version: await run(tables[index]!, each, partitionBy),
              })),
            );
            for (const { each } of done.sort((left, right) => left.version - right.version))
              model = after(model, each, partitionBy);
            expect(sorted(await rowsOf(store, await loadSnapshot(store, 't')))).toEqual(sorted(model));
          }
        }),
        { numRuns: 60 },
      );
    },
  );
});

/** The version that a write came to; that of its snapshot where it gave way to another. */
async function run(table: Table, each: Write, partitionBy: readonly string[]): Promise<number> {
  switch (each.kind) {
    case 'append':
      return versionOf(await table.append({ schema: SCHEMA, batches: batches(each.rows) }));
    case 'delete':
      return versionOf(await table.delete({ where: idsFrom(each.from, each.to) }));
    case 'replace': {
      const where: Predicate = { op: '=', column: 'shop', value: each.shop };
      const whole = { schema: SCHEMA, batches: batches(each.rows) };
      return versionOf(await table.overwrite(partitionBy.length === 0 ? whole : { ...whole, where }));
    }
    case 'merge': {
      const ids = schemaOf(field('id', 'integer'));
      const deletes = [
        batchOfRows(
          ids,
          each.deletes.map((deleted) => ({ id: deleted })),
        ),
      ];
      return versionOf(
        await table.merge({ schema: SCHEMA, key: ['id'], upserts: batches(each.upserts), deletes }),
      );
    }
    case 'compact':
      return compact(table);
  }
}

function after(model: readonly Row[], each: Write, partitionBy: readonly string[]): readonly Row[] {
  switch (each.kind) {
    case 'append':
      return [...model, ...each.rows];
    case 'delete':
      return model.filter((one) => one.id < each.from || one.id > each.to);
    case 'replace':
      return [...model.filter((one) => partitionBy.length > 0 && one.shop !== each.shop), ...each.rows];
    case 'merge': {
      const keys = new Set([...each.upserts.map((one) => one.id), ...each.deletes]);
      return [...model.filter((one) => !keys.has(one.id)), ...each.upserts];
    }
    case 'compact':
      return model;
  }
}

/** Names all files anew, which is what a compaction is to the log. */
async function compact(table: Table): Promise<number> {
  const base = (await table.snapshot())!;
  const target = { table: 't', schema: base.schema, now: Date.now, newId: table.environment.newId };
  const removes = [...base.files];
  const adds = [];
  for (const file of removes) {
    const partition =
      base.metadata.partitionColumns.length === 0 ? {} : { shop: file.partitionValues.shop ?? null };
    const files = [{ add: file, path: `t/${decodeURIComponent(file.path)}`, partition, deleted: null }];
    const { partitionValues } = file;
    const rewritten = await table.dataFiles.rewrite(
      { ...target, partitionValues },
      { files, drop: { kind: 'none' } },
    );
    adds.push(...rewritten.adds);
  }
  const outcome = await table.commit(base, {
    read: { kind: 'nothing' },
    removes,
    adds,
    dataChange: false,
    operation: 'OPTIMIZE',
  });
  return outcome.outcome === 'committed' ? outcome.version : base.version;
}

function versionOf(outcome: WriteOutcome): number {
  if (outcome.outcome !== 'committed') throw new Error(`superseded: ${JSON.stringify(outcome)}`);
  return outcome.version;
}

function batches(each: readonly Row[]) {
  return each.length === 0 ? [] : [batchOfRows(SCHEMA, each)];
}

function idsFrom(from: number, to: number): Predicate {
  return {
    op: 'and',
    of: [
      { op: '>=', column: 'id', value: from },
      { op: '<=', column: 'id', value: to },
    ],
  };
}

/** Each call takes some turns of the event loop, so that processes overtake each other. */
function unevenly(store: ObjectStore, delays: fc.Stream<number>): ObjectStore {
  const wait = async (): Promise<void> => {
    const turns = delays.next().value ?? 0;
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    ...store,
    get: async (path) => {
      await wait();
      return store.get(path);
    },
    put: async (path, bytes) => {
      await wait();
      await store.put(path, bytes);
    },
    putIfAbsent: async (path, bytes) => {
      await wait();
      return store.putIfAbsent(path, bytes);
    },
  };
}
