// The actions in a Parquet file of a checkpoint: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoint-schema
import { keptTextsOf } from '../parquet/kept-texts.ts';
import type { Decoding, LeafColumns, LeafPath, Lists, RowValues } from '../parquet/leaf-columns.ts';
import type { ByteRanges } from '../parquet/physical-values.ts';
import {
  type AddFile,
  type DeletionVector,
  type Metadata,
  type Protocol,
  type RemoveFile,
  requireFields,
  type Sidecar,
  type Txn,
} from './actions.ts';
import { parsedStats } from './checkpoint-stats.ts';

/** Written out, unlike the other kinds: there may be a hundred thousand of them. */
export function addsOf(columns: LeafColumns, source: string): AddFile[] {
  const pathOf = columns.values(['add', 'path'], texts);
  if (pathOf === null) return [];
  const sizeOf = columns.values(['add', 'size'], numbers);
  const timeOf = columns.values(['add', 'modificationTime'], numbers);
  const dataChangeOf = columns.values(['add', 'dataChange'], booleans);
  const partitionValuesOf = mapReader(columns, ['add', 'partitionValues']);
  const statsOf = columns.values(['add', 'stats'], texts);
  const parsedStatsOf = parsedStats(columns);
  const tagsOf = mapReader(columns, ['add', 'tags']);
  const vectorOf = recordReader(columns, ['add', 'deletionVector'], DELETION_VECTOR);
  const adds: AddFile[] = [];
  for (let row = 0; row < columns.rowCount; row++) {
    const path = pathOf(row);
    if (path === null) continue;
    const add: Mutable<AddFile> = {
      path,
      partitionValues: partitionValuesOf?.(row) ?? UNPARTITIONED,
      // Checked below, as the other kinds are.
      size: (sizeOf?.(row) ?? null) as number,
      modificationTime: timeOf?.(row) ?? 0,
      dataChange: dataChangeOf?.(row) ?? false,
    };
    requireFields('add', add, source);
    const stats = statsOf?.(row) ?? parsedStatsOf(row);
    if (stats !== null) add.stats = stats;
    const tags = tagsOf?.(row) ?? null;
    if (tags !== null) add.tags = tags;
    const vector = vectorOf?.(row) ?? null;
    if (vector !== null) add.deletionVector = vector as unknown as DeletionVector;
    adds.push(add);
  }
  return adds;
}

const UNPARTITIONED: AddFile['partitionValues'] = Object.freeze({});

export function removesOf(columns: LeafColumns, source: string): RemoveFile[] {
  return recordsOf(columns, 'remove', source, (remove) => {
    remove.dataChange ??= false;
    if (remove.extendedFileMetadata === true) remove.partitionValues ??= {};
  });
}

export function txnsOf(columns: LeafColumns, source: string): Txn[] {
  return recordsOf(columns, 'txn', source);
}

export function protocolOf(columns: LeafColumns, source: string): Protocol | null {
  return recordsOf(columns, 'protocol', source)[0] ?? null;
}

export function metadataOf(columns: LeafColumns, source: string): Metadata | null {
  const [metadata] = recordsOf(columns, 'metaData', source, (record) => {
    const { provider = 'parquet', options = {} } = record.format ?? {};
    record.format = { provider, options };
    record.partitionColumns ??= [];
    record.configuration ??= {};
  });
  return metadata ?? null;
}

export function sidecarsOf(columns: LeafColumns, source: string): Sidecar[] {
  return recordsOf(columns, 'sidecar', source);
}

interface Records {
  readonly remove: RemoveFile;
  readonly txn: Txn;
  readonly protocol: Protocol;
  readonly metaData: Metadata;
  readonly sidecar: Sidecar;
}

/**
 * A record is there in a row where its first field is. Fields that are absent are left out, as are maps that are empty in
 * every row.
 */
type Shape = 'text' | 'number' | 'boolean' | 'texts' | 'text map' | { readonly [field: string]: Shape };

const DELETION_VECTOR = {
  storageType: 'text',
  pathOrInlineDv: 'text',
  offset: 'number',
  sizeInBytes: 'number',
  cardinality: 'number',
} as const;

const SHAPES: Readonly<Record<keyof Records, Shape>> = {
  remove: {
    path: 'text',
    dataChange: 'boolean',
    deletionTimestamp: 'number',
    extendedFileMetadata: 'boolean',
    partitionValues: 'text map',
    size: 'number',
    deletionVector: DELETION_VECTOR,
  },
  txn: { appId: 'text', version: 'number', lastUpdated: 'number' },
  protocol: {
    minReaderVersion: 'number',
    minWriterVersion: 'number',
    readerFeatures: 'texts',
    writerFeatures: 'texts',
  },
  metaData: {
    id: 'text',
    name: 'text',
    description: 'text',
    format: { provider: 'text', options: 'text map' },
    schemaString: 'text',
    partitionColumns: 'texts',
    configuration: 'text map',
    createdTime: 'number',
  },
  sidecar: { path: 'text' },
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function recordsOf<K extends keyof Records>(
  columns: LeafColumns,
  kind: K,
  source: string,
  complete: (record: Partial<Mutable<Records[K]>>) => void = () => {},
): Records[K][] {
  const read = readerOf(columns, [kind], SHAPES[kind]);
  const records: Records[K][] = [];
  for (let row = 0; read !== null && row < columns.rowCount; row++) {
    const record = read(row);
    if (record === null) continue;
    requireFields(kind, record as Readonly<Record<string, unknown>>, source);
    complete(record as Partial<Mutable<Records[K]>>);
    records.push(record as Records[K]);
  }
  return records;
}

/** Null where no row has a value. */
function readerOf(columns: LeafColumns, path: LeafPath, shape: Shape): RowValues<unknown> | null {
  switch (shape) {
    case 'text':
      return columns.values(path, texts);
    case 'number':
      return columns.values(path, numbers);
    case 'boolean':
      return columns.values(path, booleans);
    case 'texts': {
      const [element] = columns.leavesBelow(...path);
      return element === undefined ? null : ofLists(columns.lists(element, texts));
    }
    case 'text map':
      return mapReader(columns, path);
    default:
      return recordReader(columns, path, shape);
  }
}

function recordReader(
  columns: LeafColumns,
  path: LeafPath,
  shape: { readonly [field: string]: Shape },
): RowValues<Record<string, unknown>> | null {
  const [first, ...others] = Object.entries(shape).flatMap(([name, type]) => {
    const read = readerOf(columns, [...path, name], type);
    return read === null ? [] : [{ name, read }];
  });
  if (first === undefined || first.name !== Object.keys(shape)[0]) return null;
  return (row) => {
    const value = first.read(row);
    if (value === null) return null;
    const record: Record<string, unknown> = { [first.name]: value };
    for (const { name, read } of others) {
      const other = read(row);
      if (other !== null) record[name] = other;
    }
    return record;
  };
}

function mapReader(
  columns: LeafColumns,
  path: LeafPath,
): RowValues<Readonly<Record<string, string | null>>> | null {
  const [keyPath, valuePath] = columns.leavesBelow(...path);
  if (keyPath === undefined || valuePath === undefined || columns.isEmpty(keyPath)) return null;
  const keys = columns.lists(keyPath, texts);
  const values = columns.lists(valuePath, texts);
  if (keys === null) return null;
  let last: Readonly<Record<string, string | null>> = {};
  let lastRow = -1;
  return (row) => {
    if (keys.isThere[row] === 0) return null;
    // Rows of one partition often follow each other; they share its map.
    if (
      lastRow >= 0 &&
      hasSameList(keys, row, lastRow) &&
      (values === null || hasSameList(values, row, lastRow))
    )
      return last;
    const map: Record<string, string | null> = {};
    for (let index = keys.starts[row] ?? 0; index < (keys.starts[row + 1] ?? 0); index++) {
      map[keys.values[index] ?? ''] = values?.values[index] ?? null;
    }
    last = map;
    lastRow = row;
    return map;
  };
}

function hasSameList({ values, starts }: Lists<string>, row: number, other: number): boolean {
  const start = starts[row] ?? 0;
  const otherStart = starts[other] ?? 0;
  const length = (starts[row + 1] ?? 0) - start;
  if (length !== (starts[other + 1] ?? 0) - otherStart) return false;
  for (let index = 0; index < length; index++) {
    if (values[start + index] !== values[otherStart + index]) return false;
  }
  return true;
}

function ofLists(lists: Lists<string> | null): RowValues<readonly (string | null)[]> | null {
  if (lists === null) return null;
  const { values, starts, isThere } = lists;
  return (row) => (isThere[row] === 0 ? null : values.slice(starts[row], starts[row + 1]));
}

const texts: Decoding<string> = (physical) => keptTextsOf(physical as ByteRanges);

/** Of 64 bits too, in halves, since a bigint each would cost more than all else: one beyond 2^53 may be inexact. */
const numbers: Decoding<number> = (physical) => {
  if (!(physical instanceof BigInt64Array)) return physical as Int32Array;
  const halves = new Int32Array(physical.buffer, physical.byteOffset, physical.length * 2);
  const values = new Float64Array(physical.length);
  for (let index = 0; index < values.length; index++) {
    values[index] = halves[2 * index + 1]! * 2 ** 32 + (halves[2 * index]! >>> 0);
  }
  return values;
};

const booleans: Decoding<boolean> = (physical) => Array.from(physical as Uint8Array, (bit) => bit === 1);
