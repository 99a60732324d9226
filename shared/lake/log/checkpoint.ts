// V1 checkpoints: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints, columns named and nested as Spark does.
import { messageOf, PlatformError } from '../../errors.ts';
import { ParquetFileWriter } from '../parquet/parquet-file.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { CHECKPOINT_COLUMNS, CHECKPOINT_SCHEMA } from './checkpoint-schema.ts';
import { checkpointPath, lastCheckpointPath } from './log-path.ts';
import type { Snapshot } from './snapshot.ts';
import { deletedFileRetentionMs } from './table-properties.ts';

const DEFAULT_INTERVAL = 10;

export interface LastCheckpoint {
  readonly version: number;
}

/** A checkpoint costs time in proportion to its rows; so many of them are worth one commit that readers replay. */
const ROWS_PER_COMMIT = 100;

/**
 * Whether the distance to the last checkpoint has reached the table's `delta.checkpointInterval`, or what its files,
 * live and removed, are worth where that is more: a table of very many would else spend its time on checkpoints.
 */
export function isCheckpointDue(snapshot: Snapshot): boolean {
  const setting = Number(snapshot.metadata.configuration['delta.checkpointInterval'] ?? DEFAULT_INTERVAL);
  const interval = Number.isInteger(setting) && setting > 0 ? setting : DEFAULT_INTERVAL;
  const distance = snapshot.version - (snapshot.checkpointVersion ?? 0);
  const rows = snapshot.files.size + snapshot.tombstones.size;
  return distance >= Math.max(interval, rows / ROWS_PER_COMMIT);
}

/**
 * Writes the checkpoint of a committed version, unless another writer has written one that makes it not due.
 * Returns the version of the newest checkpoint.
 */
export async function writeCheckpoint(store: ObjectStore, snapshot: Snapshot, now: number): Promise<number> {
  const last = await readLastCheckpoint(store, snapshot.path);
  if (last !== null && !isCheckpointDue({ ...snapshot, checkpointVersion: last.version }))
    return last.version;
  const rows = checkpointRows(snapshot, now);
  const writer = new ParquetFileWriter([...CHECKPOINT_SCHEMA], CHECKPOINT_COLUMNS);
  writer.write(
    Object.fromEntries(
      CHECKPOINT_COLUMNS.map((name) => [name, rows.map((row) => (row.kind === name ? row.body : null))]),
    ),
  );
  const bytes = writer.finish();
  await store.put(checkpointPath(snapshot.path, snapshot.version), bytes);
  // No `parts`: a single-file checkpoint that has it makes Trino fail the whole table (trinodb/trino#26148).
  const hint = {
    version: snapshot.version,
    size: rows.length,
    sizeInBytes: bytes.byteLength,
    numOfAddFiles: snapshot.files.size,
  };
  await store.put(lastCheckpointPath(snapshot.path), new TextEncoder().encode(JSON.stringify(hint)));
  return snapshot.version;
}

/** Only a hint: a torn, foreign or missing one is null, and the log itself tells. */
export async function readLastCheckpoint(store: ObjectStore, table: string): Promise<LastCheckpoint | null> {
  const bytes = await store.get(lastCheckpointPath(table));
  if (bytes === null) return null;
  let hint: unknown;
  try {
    hint = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw new PlatformError('lake_log_corrupt', `_last_checkpoint of ${table}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const version = (hint as { version?: unknown } | null)?.version;
  return typeof version === 'number' && Number.isSafeInteger(version) && version >= 0 ? { version } : null;
}

interface CheckpointRow {
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Every transaction, live file and young tombstone; 64-bit fields as bigint, which the Parquet writer demands. */
function checkpointRows(snapshot: Snapshot, now: number): CheckpointRow[] {
  const { createdTime, ...metaData } = snapshot.metadata;
  const rows: CheckpointRow[] = [
    { kind: 'protocol', body: { ...snapshot.protocol } },
    { kind: 'metaData', body: { ...metaData, createdTime: long(createdTime) } },
  ];
  for (const { appId, version, lastUpdated } of snapshot.txns.values()) {
    rows.push({ kind: 'txn', body: { appId, version: long(version), lastUpdated: long(lastUpdated) } });
  }
  for (const file of snapshot.files) {
    const { path, partitionValues, size, modificationTime, tags, stats } = file;
    rows.push({
      kind: 'add',
      body: {
        path,
        partitionValues,
        size: long(size),
        modificationTime: long(modificationTime),
        dataChange: false,
        tags,
        stats,
      },
    });
  }
  const expiry = now - deletedFileRetentionMs(snapshot.metadata);
  for (const file of snapshot.tombstones.values()) {
    if ((file.deletionTimestamp ?? now) <= expiry) continue;
    const { path, deletionTimestamp, extendedFileMetadata, partitionValues, size } = file;
    rows.push({
      kind: 'remove',
      body: {
        path,
        deletionTimestamp: long(deletionTimestamp),
        dataChange: false,
        extendedFileMetadata,
        partitionValues,
        size: long(size),
      },
    });
  }
  return rows;
}

function long(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}
