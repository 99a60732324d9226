import { type BatchRow, batchOfRows } from '../schema/batch.ts';
import { field, schemaOf } from '../schema/schema.ts';
import type { Table } from '../write/table.ts';

/** One write of somebody, and what it does to the rows. */
export interface Turn {
  readonly by: string;
  readonly write: () => Promise<unknown>;
  readonly rows: (before: readonly BatchRow[]) => readonly BatchRow[];
}

export const ours = (table: Table) => ({
  append: (...rows: readonly BatchRow[]): Turn => ({
    by: 'our append',
    write: async () => {
      const written = await table.append({
        schema: SCHEMA,
        batches: [batchOfRows(SCHEMA, rows)],
        partitionBy: ['shop'],
        configuration: CONFIGURATION,
      });
      if (written.outcome !== 'committed') throw new Error(written.outcome);
      if (written.checkpointFailure !== undefined) throw written.checkpointFailure;
    },
    rows: (before) => [...before, ...rows],
  }),
  merge: (...rows: readonly BatchRow[]): Turn => ({
    by: 'our merge',
    write: () => table.merge({ schema: SCHEMA, key: ['id'], upserts: [batchOfRows(SCHEMA, rows)] }),
    rows: replacing(rows),
  }),
  delete: (id: number): Turn => ({
    by: 'our delete',
    write: () => table.delete({ where: { op: '=', column: 'id', value: id } }),
    rows: (before) => before.filter((each) => each.id !== id),
  }),
});

/** What SQL says in one turn, in any dialect that `run` takes. */
export const bySql = (engine: string, name: string, run: (statement: string) => Promise<unknown>) => ({
  insert: (...rows: readonly BatchRow[]): Turn => ({
    by: `an INSERT of ${engine}`,
    write: () => run(`INSERT INTO ${name} VALUES ${rows.map(sqlOf).join(', ')}`),
    rows: (before) => [...before, ...rows],
  }),
  update: (id: number, note: string): Turn => ({
    by: `an UPDATE of ${engine}`,
    write: () => run(`UPDATE ${name} SET note = '${note}' WHERE id = ${id}`),
    rows: (before) => before.map((each) => (each.id === id ? { ...each, note } : each)),
  }),
  delete: (id: number): Turn => ({
    by: `a DELETE of ${engine}`,
    write: () => run(`DELETE FROM ${name} WHERE id = ${id}`),
    rows: (before) => before.filter((each) => each.id !== id),
  }),
  merge: (changed: BatchRow, inserted: BatchRow): Turn => ({
    by: `a MERGE of ${engine}`,
    write: () =>
      run(
        `MERGE INTO ${name} AS t USING (SELECT * FROM (VALUES ${sqlOf(changed)}, ${sqlOf(inserted)}) AS v(shop, id, big, total, note)) AS s ` +
          'ON t.id = s.id WHEN MATCHED THEN UPDATE SET shop = s.shop, big = s.big, total = s.total, note = s.note ' +
          'WHEN NOT MATCHED THEN INSERT (shop, id, big, total, note) VALUES (s.shop, s.id, s.big, s.total, s.note)',
      ),
    rows: replacing([changed, inserted]),
  }),
  /** That moves rows and changes none. */
  maintenance: (by: string, statement: string): Turn => ({
    by,
    write: () => run(statement),
    rows: (before) => before,
  }),
});

/** @param ask tells `serve_deltalake.py` what to do with the table */
export const byDeltaRs = (ask: (command: string, ...args: readonly unknown[]) => Promise<unknown>) => ({
  append: (...rows: readonly BatchRow[]): Turn => ({
    by: 'an append of delta-rs',
    write: () => ask('append', rows.map(jsonOf)),
    rows: (before) => [...before, ...rows],
  }),
  merge: (...rows: readonly BatchRow[]): Turn => ({
    by: 'a merge of delta-rs',
    write: () => ask('merge', 'id', rows.map(jsonOf)),
    rows: replacing(rows),
  }),
  delete: (id: number): Turn => ({
    by: 'a delete of delta-rs',
    write: () => ask('delete', `id = ${id}`),
    rows: (before) => before.filter((each) => each.id !== id),
  }),
  checkpoint: (): Turn => ({
    by: 'a checkpoint of delta-rs',
    write: () => ask('checkpoint'),
    rows: (before) => before,
  }),
});

const SCHEMA = schemaOf(
  field('shop', 'string'),
  field('id', 'integer'),
  field('big', 'long'),
  field('total', 'decimal(20,4)'),
  field('note', 'string'),
);
const CONFIGURATION = { 'delta.checkpointInterval': '5', 'delta.checkpoint.writeStatsAsStruct': 'false' };
const SHOPS = ['a', 'b/c d', "100% o'neil", null];

/** Whole rows, the same whoever writes them. */
export function row(id: number, note: string | null = `note ${id} 😀`): BatchRow {
  const big = 9_007_199_254_740_993n + BigInt(id);
  return { shop: SHOPS[id % SHOPS.length] ?? null, id, big, total: `-${id}.0001`, note };
}

function replacing(rows: readonly BatchRow[]): Turn['rows'] {
  const ids = new Set(rows.map((each) => each.id));
  return (before) => [...before.filter((each) => !ids.has(each.id ?? null)), ...rows];
}

function sqlOf({ shop, id, big, total, note }: BatchRow): string {
  const text = (value: unknown): string =>
    value === null ? 'CAST(NULL AS VARCHAR(100))' : `'${String(value).replaceAll("'", "''")}'`;
  return `(${text(shop)}, ${String(id)}, ${String(big)}, CAST('${String(total)}' AS DECIMAL(20,4)), ${text(note)})`;
}

/** As JSON carries it: a long as text, which delta-rs casts back. */
function jsonOf(each: BatchRow): Record<string, unknown> {
  return { ...each, big: String(each.big) };
}
