import { type Snapshot, type TxnUpdate, txnVersion } from '../../shared/lake/index.ts';

/** What to do with one `current/*` table, given the pinned version of its raw table. */
export type CurrentPlan =
  | { readonly kind: 'keep'; readonly snapshot: Snapshot | null }
  | { readonly kind: 'refresh'; readonly from: Snapshot; readonly txn: TxnUpdate };

/**
 * The raw version that a current table shows is its transaction version. The application id carries the raw table's own id,
 * so a raw table that was deleted and made again does not pass for an old version of the one before.
 */
export function planCurrent(name: string, raw: Snapshot | null, current: Snapshot | null): CurrentPlan {
  if (raw === null) return { kind: 'keep', snapshot: current };
  const appId = `feature/${name}/${raw.metadata.id}`;
  const shown = txnVersion(current, appId);
  return shown !== null && shown >= raw.version
    ? { kind: 'keep', snapshot: current }
    : { kind: 'refresh', from: raw, txn: { appId, version: raw.version } };
}
