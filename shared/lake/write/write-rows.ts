import { PlatformError } from '../../errors.ts';
import type { DataFiles, WrittenFiles } from '../data-files/data-files.ts';
import type { AddFile } from '../log/actions.ts';
import { encodeColumn } from '../parquet/column-encoder.ts';
import type { Batch, BatchRow } from '../schema/batch.ts';
import { partitionText } from '../schema/partition-text.ts';
import { takeRows } from '../schema/row-key.ts';
import type { Field } from '../schema/schema.ts';
import type { TableTarget } from './data-file-target.ts';
import type { Batches } from './write-requests.ts';

/** Rows of several partitions that are held before their files are written: each partition gets a file of what is held. */
const ROWS_HELD = 500_000;

/** Files of partitions that are written at once. */
const FILES_AT_ONCE = 4;

export interface RowsTarget {
  readonly target: TableTarget;
  readonly partitionColumns: readonly string[];
  /** Throws for values of partition columns that the write may not touch; called before a file of theirs is written. */
  readonly requirePartition?: (values: BatchRow) => void;
}

/** Writes rows of any partitions to new data files, which belong to no version until a commit names them. */
export async function writeRows(files: DataFiles, to: RowsTarget, batches: Batches): Promise<WrittenFiles> {
  if (to.partitionColumns.length === 0) return files.write({ ...to.target, partitionValues: {} }, batches);
  const splitter = new PartitionSplitter(to);
  const written: WrittenFiles[] = [];
  for await (const batch of batches) {
    splitter.add(batch);
    if (splitter.rows >= ROWS_HELD) written.push(...(await writePartitions(files, to, splitter.take())));
  }
  written.push(...(await writePartitions(files, to, splitter.take())));
  const sum = (of: (one: WrittenFiles) => number): number =>
    written.reduce((total, one) => total + of(one), 0);
  return {
    adds: written.flatMap((one): readonly AddFile[] => one.adds),
    rows: sum((one) => one.rows),
    bytes: sum((one) => one.bytes),
  };
}

interface PartitionRows {
  readonly partitionValues: Readonly<Record<string, string | null>>;
  readonly batches: Batch[];
}

async function writePartitions(
  files: DataFiles,
  { target }: RowsTarget,
  partitions: readonly PartitionRows[],
): Promise<WrittenFiles[]> {
  const written: WrittenFiles[] = [];
  for (let start = 0; start < partitions.length; start += FILES_AT_ONCE) {
    const group = partitions.slice(start, start + FILES_AT_ONCE);
    written.push(
      ...(await Promise.all(
        group.map(({ partitionValues, batches }) => files.write({ ...target, partitionValues }, batches)),
      )),
    );
  }
  return written;
}

/** Holds rows by partition until they are taken. */
class PartitionSplitter {
  rows = 0;
  readonly #columns: readonly Field[];
  readonly #requirePartition: (values: BatchRow) => void;
  #partitions = new Map<string, PartitionRows>();

  constructor({ target, partitionColumns, requirePartition }: RowsTarget) {
    this.#columns = partitionColumns.map((name) => {
      const column = target.schema.fields.find((candidate) => candidate.name === name);
      if (column !== undefined) return column;
      throw new PlatformError(
        'lake_schema_mismatch',
        `the rows lack the partition column ${name} of table ${target.table}`,
      );
    });
    this.#requirePartition = requirePartition ?? (() => {});
  }

  add(batch: Batch): void {
    if (batch.rowCount === 0) return;
    this.rows += batch.rowCount;
    for (const { first, rows } of this.#groups(batch)) {
      const held = this.#partition(batch, first);
      held.batches.push(rows.length === batch.rowCount ? batch : takeRows(batch, rows));
    }
  }

  take(): readonly PartitionRows[] {
    const taken = [...this.#partitions.values()];
    this.#partitions = new Map();
    this.rows = 0;
    return taken;
  }

  /** Ordinals of the rows of each partition. */
  #groups(batch: Batch): Iterable<{ readonly first: number; readonly rows: number[] }> {
    const groups = new Map<string, { first: number; rows: number[] }>();
    // The physical values are checked against their columns, and equal for equal values.
    const columns = this.#columns.map((column) =>
      encodeColumn(column, batch.columns[column.name], batch.rowCount),
    );
    for (let row = 0; row < batch.rowCount; row++) {
      const key = columns.map((values) => keyText(values[row] ?? null)).join();
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { first: row, rows: [row] });
      else group.rows.push(row);
    }
    return groups.values();
  }

  #partition(batch: Batch, row: number): PartitionRows {
    const values = this.#columns.map(({ name }) => [name, batch.columns[name]?.[row] ?? null] as const);
    const texts = this.#columns.map((column, index) => {
      return [column.name, partitionText(column, values[index]?.[1] ?? null)] as const;
    });
    const key = JSON.stringify(texts);
    const known = this.#partitions.get(key);
    if (known !== undefined) return known;
    this.#requirePartition(Object.fromEntries(values));
    const created: PartitionRows = { partitionValues: Object.fromEntries(texts), batches: [] };
    this.#partitions.set(key, created);
    return created;
  }
}

/** Lengths keep values apart; minus zero and zero have different texts. */
function keyText(value: unknown): string {
  if (value === null) return 'null';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return `${text.length}:${text}`;
}
