// The actions in a Parquet file of a checkpoint: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoint-schema
import { textsOf } from '../parquet/byte-values.ts';
import type { Decoding, LeafColumns, LeafPath, Lists } from '../parquet/leaf-columns.ts';
import type { ByteRanges } from '../parquet/physical-values.ts';
import {
  type AddFile,
  type Metadata,
  type Protocol,
  type RemoveFile,
  requireFields,
  type Sidecar,
  type Txn,
} from './actions.ts';
import { parsedStats } from './checkpoint-stats.ts';

export function addsOf(columns: LeafColumns, source: string): AddFile[] {
  const statsOf = parsedStats(columns);
  return recordsOf(columns, 'add', source, (add, row) => {
    add.partitionValues ??= {};
    add.modificationTime ??= 0;
    add.dataChange ??= false;
    const stats = add.stats ?? statsOf(row);
    if (stats !== null) add.stats = stats;
  });
}

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
  readonly add: AddFile;
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

const DELETION_VECTOR: Shape = {
  storageType: 'text',
  pathOrInlineDv: 'text',
  offset: 'number',
  sizeInBytes: 'number',
  cardinality: 'number',
};

const SHAPES: Readonly<Record<keyof Records, Shape>> = {
  add: {
    path: 'text',
    partitionValues: 'text map',
    size: 'number',
    modificationTime: 'number',
    dataChange: 'boolean',
    stats: 'text',
    tags: 'text map',
    deletionVector: DELETION_VECTOR,
  },
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

type Mutable<T> = { -readonly [K in keyof T]?: T[K] };

function recordsOf<K extends keyof Records>(
  columns: LeafColumns,
  kind: K,
  source: string,
  complete: (record: Mutable<Records[K]>, row: number) => void = () => {},
): Records[K][] {
  const read = readerOf(columns, [kind], SHAPES[kind]);
  const records: Records[K][] = [];
  for (let row = 0; read !== null && row < columns.rowCount; row++) {
    const record = read(row);
    if (record === null) continue;
    requireFields(kind, record as Readonly<Record<string, unknown>>, source);
    complete(record as Mutable<Records[K]>, row);
    records.push(record as Records[K]);
  }
  return records;
}

/** The value of a row, null where it has none. */
type RowReader = (row: number) => unknown;

/** Null where no row has a value. */
function readerOf(columns: LeafColumns, path: LeafPath, shape: Shape): RowReader | null {
  switch (shape) {
    case 'text':
      return ofValues(columns.values(path, texts));
    case 'number':
      return ofValues(columns.values(path, numbers));
    case 'boolean':
      return ofValues(columns.values(path, booleans));
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
): RowReader | null {
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

function mapReader(columns: LeafColumns, path: LeafPath): RowReader | null {
  const [keyPath, valuePath] = columns.leavesBelow(...path);
  if (keyPath === undefined || valuePath === undefined || columns.isEmpty(keyPath)) return null;
  const keys = columns.lists(keyPath, texts);
  const values = columns.lists(valuePath, texts);
  if (keys === null) return null;
  return (row) => {
    if (keys.isThere[row] === 0) return null;
    const map: Record<string, string | null> = {};
    for (let index = keys.starts[row] ?? 0; index < (keys.starts[row + 1] ?? 0); index++) {
      map[keys.values[index] ?? ''] = values?.values[index] ?? null;
    }
    return map;
  };
}

function ofValues(values: readonly unknown[] | null): RowReader | null {
  return values === null ? null : (row) => values[row] ?? null;
}

function ofLists(lists: Lists<string> | null): RowReader | null {
  if (lists === null) return null;
  const { values, starts, isThere } = lists;
  return (row) => (isThere[row] === 0 ? null : values.slice(starts[row], starts[row + 1]));
}

const texts: Decoding<string> = (physical) => textsOf(physical as ByteRanges);

/** Of 64 bits too: what is beyond a safe integer is refused where it matters. */
const numbers: Decoding<number> = (physical) => Array.from(physical as Int32Array, Number);

const booleans: Decoding<boolean> = (physical) => Array.from(physical as Uint8Array, (bit) => bit === 1);
