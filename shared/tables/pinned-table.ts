import { dataFileUris, type ObjectStore, type Snapshot } from '../lake/index.ts';
import type { LakeTable } from './catalogue.ts';

/** A table as SQL over one of its snapshots sees it; without a snapshot it is empty, yet has its columns. */
export interface PinnedTable {
  readonly schema: LakeTable['schema'];
  readonly files: readonly string[];
}

export function pinnedTable(
  { schema }: Pick<LakeTable, 'schema'>,
  snapshot: Snapshot | null,
  store: ObjectStore,
): PinnedTable {
  return { schema, files: snapshot === null ? [] : dataFileUris(store, snapshot) };
}
