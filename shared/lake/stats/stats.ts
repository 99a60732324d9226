import type { Physical } from '../parquet/column-encoder.ts';
import type { DataType, Field, Schema } from '../schema/schema.ts';
import { compareUtf8 } from '../schema/utf8-order.ts';
import { type ColumnBounds, type Ordered, statsJson } from './stats-json.ts';

/** Gathers the statistics of one data file, batch by batch. */
export class FileStats {
  readonly #leaves: readonly LeafStats[];
  #rows = 0;

  /** `indexed`: the part of the file's schema that gets statistics, see `indexedSchema`. */
  constructor(indexed: Schema) {
    this.#leaves = leavesOf(indexed.fields, []);
  }

  get rows(): number {
    return this.#rows;
  }

  /** `columns`: encoded values by column name. */
  add(rowCount: number, columns: Readonly<Record<string, readonly Physical[]>>): void {
    this.#rows += rowCount;
    for (const leaf of this.#leaves) leaf.add(columns);
  }

  /** The `stats` text of the file's `add` action. */
  json(): string {
    return statsJson(
      this.#rows,
      this.#leaves.map((leaf) => leaf.bounds()),
    );
  }
}

function leavesOf(fields: readonly Field[], parents: readonly string[]): readonly LeafStats[] {
  return fields.flatMap(({ name, type }) => {
    const path = [...parents, name];
    if (typeof type !== 'string' && type.type === 'struct') return leavesOf(type.fields, path);
    return [new LeafStats(path, type)];
  });
}

/** Of a column that is no struct. Booleans, binary, arrays and maps have no bounds, only a count of nulls. */
class LeafStats {
  readonly #path: readonly string[];
  readonly #type: DataType;
  readonly #ordered: boolean;
  #nullCount = 0;
  #min: Ordered | null = null;
  #max: Ordered | null = null;
  /** NaN and the infinities have no place in JSON, and NaN none in an order. */
  #boundless = false;

  constructor(path: readonly string[], type: DataType) {
    this.#path = path;
    this.#type = type;
    this.#ordered = typeof type === 'string' && type !== 'boolean' && type !== 'binary';
  }

  /** A struct that is null counts as a null of each field within it. */
  add(columns: Readonly<Record<string, readonly Physical[]>>): void {
    const [head = '', ...nested] = this.#path;
    for (const whole of columns[head] ?? []) {
      const value = nested.length === 0 ? whole : memberOf(whole, nested);
      if (value === null) this.#nullCount++;
      else if (this.#ordered) this.#widen(value as Ordered);
    }
  }

  bounds(): ColumnBounds {
    return {
      path: this.#path,
      type: this.#type,
      nullCount: this.#nullCount,
      min: this.#boundless ? null : this.#min,
      max: this.#boundless ? null : this.#max,
    };
  }

  #widen(value: Ordered): void {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      this.#boundless = true;
      return;
    }
    if (this.#min === null || this.#max === null) {
      this.#min = value;
      this.#max = value;
      return;
    }
    if (value === this.#min || value === this.#max) return;
    if (compare(value, this.#min) < 0) this.#min = value;
    if (compare(value, this.#max) > 0) this.#max = value;
  }
}

function memberOf(struct: Physical, path: readonly string[]): Physical {
  let value = struct;
  for (const name of path) {
    if (value === null) return null;
    value = (value as Readonly<Record<string, Physical>>)[name] ?? null;
  }
  return value;
}

function compare(left: Ordered, right: Ordered): number {
  if (typeof left === 'string' && typeof right === 'string') return compareUtf8(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}
