// Checkpoints of any kind: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints
import { PlatformError } from '../../errors.ts';
import { LeafColumns } from '../parquet/leaf-columns.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { AddFile, Metadata, Protocol, RemoveFile, Txn } from './actions.ts';
import { decodeCommit } from './actions.ts';
import { addsOf, metadataOf, protocolOf, removesOf, sidecarsOf, txnsOf } from './checkpoint-columns.ts';
import { sidecarPath } from './log-path.ts';

/** What one file of a checkpoint holds of a table's state. */
export interface CheckpointPart {
  readonly adds: readonly AddFile[];
  readonly removes: readonly RemoveFile[];
  readonly txns: readonly Txn[];
  readonly protocol: Protocol | null;
  readonly metadata: Metadata | null;
}

/** The state that the files of one checkpoint hold, those that V2 checkpoints have beside them (sidecars) included. */
export async function readCheckpoint(
  store: ObjectStore,
  table: string,
  paths: readonly string[],
): Promise<CheckpointPart[]> {
  const files = await Promise.all(paths.map((path) => readPart(store, path)));
  const sidecars = [...new Set(files.flatMap((file) => file.sidecars))];
  const beside = await Promise.all(sidecars.map((name) => readPart(store, sidecarPath(table, name))));
  return [...files, ...beside].map((file) => file.part);
}

interface PartFile {
  readonly part: CheckpointPart;
  /** URIs of the files that hold more of the same checkpoint. */
  readonly sidecars: readonly string[];
}

async function readPart(store: ObjectStore, path: string): Promise<PartFile> {
  const bytes = await store.get(path);
  if (bytes === null) {
    throw new PlatformError('lake_log_corrupt', `${path} belongs to a checkpoint and is gone`, {
      retryable: true,
    });
  }
  return path.endsWith('.json') ? jsonPart(bytes, path) : parquetPart(bytes, path);
}

function parquetPart(bytes: Uint8Array, path: string): PartFile {
  const columns = new LeafColumns(bytes, path);
  const part = {
    adds: addsOf(columns, path),
    removes: removesOf(columns, path),
    txns: txnsOf(columns, path),
    protocol: protocolOf(columns, path),
    metadata: metadataOf(columns, path),
  };
  return { part, sidecars: sidecarsOf(columns, path).map((sidecar) => sidecar.path) };
}

function jsonPart(bytes: Uint8Array, path: string): PartFile {
  const adds: AddFile[] = [];
  const removes: RemoveFile[] = [];
  const txns: Txn[] = [];
  const sidecars: string[] = [];
  let protocol: Protocol | null = null;
  let metadata: Metadata | null = null;
  for (const action of decodeCommit(bytes, path)) {
    if ('add' in action) adds.push(action.add);
    else if ('remove' in action) removes.push(action.remove);
    else if ('txn' in action) txns.push(action.txn);
    else if ('protocol' in action) protocol = action.protocol;
    else if ('metaData' in action) metadata = action.metaData;
    else if ('sidecar' in action) sidecars.push(action.sidecar.path);
  }
  return { part: { adds, removes, txns, protocol, metadata }, sidecars };
}
