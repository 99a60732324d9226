import { type EpochMillis, microsOfMillis } from '../domain/index.ts';
import type { ObjectStore, Snapshot } from '../lake/index.ts';
import { rawTable } from './catalogue.ts';
import { type PinnedTable, pinnedTable } from './pinned-table.ts';
import type { ShopTable } from './shop-tables.ts';

/**
 * A version of `raw/<table>` as a query about the time before `asOf` needs it: without the files in which, by their statistics,
 * every change was committed at that moment or later.
 */
export function rawChangesBefore(
  table: ShopTable,
  raw: Snapshot | null,
  store: ObjectStore,
  asOf: EpochMillis,
): Promise<PinnedTable> {
  const where = { op: '<', column: '_ts', value: microsOfMillis(asOf) } as const;
  return pinnedTable(rawTable(table), raw, store, { where });
}

/** A version of `raw/<table>` without the files in which every change lies below `lsn`. */
export function rawChangesFrom(
  table: ShopTable,
  raw: Snapshot,
  store: ObjectStore,
  lsn: bigint,
): Promise<PinnedTable> {
  return pinnedTable(rawTable(table), raw, store, { where: { op: '>=', column: '_lsn', value: lsn } });
}
