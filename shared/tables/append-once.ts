import type { AppendWrite, Table } from '../lake/index.ts';
import { txnVersion } from '../lake/index.ts';

/** Where a stream of records comes from, and how far this batch goes. */
export interface SourceBatch {
  /** Identity of the log: offsets start again at 0 when its topics are created anew. */
  readonly incarnation: string;
  readonly topic: string;
  readonly partition: number;
  /** Offset of the last record that the batch covers, written or not. */
  readonly lastOffset: number;
}

/**
 * Appends what `entries` of one topic-partition amount to, exactly once in effect: a `txn` action with the batch's last
 * offset lies in the same commit as the rows, and entries at or below the stored offset are left out. A commit that moved the
 * stored offset in between makes the choice again.
 * @returns how many entries were written by this call.
 */
export async function appendOnce<Entry extends { readonly offset: number }>(
  table: Table,
  source: SourceBatch,
  entries: readonly Entry[],
  rowsOf: (fresh: readonly Entry[]) => Omit<AppendWrite, 'txns' | 'base'>,
): Promise<number> {
  const appId = ingestAppId(source);
  for (;;) {
    const base = await table.snapshot();
    const stored = txnVersion(base, appId);
    const fresh = stored === null ? entries : entries.filter((entry) => entry.offset > stored);
    if (fresh.length === 0) return 0;
    const txns = [{ appId, version: source.lastOffset, expected: stored }];
    const written = await table.append({ ...rowsOf(fresh), txns, base });
    if (written.outcome === 'committed') return fresh.length;
  }
}

/** The name under which a table remembers how far it holds a topic-partition. */
export function ingestAppId({ incarnation, topic, partition }: Omit<SourceBatch, 'lastOffset'>): string {
  return `ingest/${incarnation}/${topic}/${partition}`;
}
