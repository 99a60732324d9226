import type { EpochMillis } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { ControlTable } from './control-table.ts';
import { acquireLease, type Lease, releaseLease, renewLease } from './lease.ts';

/** Time as an argument. `wait` resolves after `ms`, or rejects as soon as `signal` is aborted. */
export interface LeaseTime {
  readonly now: () => EpochMillis;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export type HeldResult<Result> =
  | { readonly outcome: 'done'; readonly result: Result }
  | { readonly outcome: 'held'; readonly by: string; readonly expiresAt: EpochMillis };

/**
 * Acts while holding the lease, renews it every third of `ttlMs`, and releases it afterwards. `lost` is aborted when
 * the lease could not be kept; what `act` writes should carry the lease's token.
 */
export async function holdLease<Result>(
  table: ControlTable,
  request: { readonly name: string; readonly owner: string; readonly ttlMs: number },
  time: LeaseTime,
  act: (lease: Lease, lost: AbortSignal) => Promise<Result>,
): Promise<HeldResult<Result>> {
  const acquired = await acquireLease(table, { ...request, now: time.now() });
  if (acquired.outcome === 'held') return acquired;
  const done = new AbortController();
  const lost = new AbortController();
  const reportLoss = (reason: unknown) => lost.abort(reason);
  const renewing = keepRenewed(table, acquired.lease, request.ttlMs, time, done.signal, reportLoss);
  try {
    return { outcome: 'done', result: await act(acquired.lease, lost.signal) };
  } finally {
    done.abort();
    await renewing;
    await releaseLease(table, acquired.lease);
  }
}

/** Returns when `done`, or after reporting that the lease is somebody else's or expired while the table was unreachable. */
async function keepRenewed(
  table: ControlTable,
  acquired: Lease,
  ttlMs: number,
  time: LeaseTime,
  done: AbortSignal,
  reportLoss: (reason: unknown) => void,
): Promise<void> {
  let lease = acquired;
  while (!done.aborted) {
    try {
      await time.wait(ttlMs / 3, done);
    } catch (thrown) {
      return done.aborted ? undefined : reportLoss(thrown);
    }
    try {
      const renewed = await renewLease(table, lease, time.now(), ttlMs);
      if (renewed.outcome === 'renewed') lease = renewed.lease;
      else return reportLoss(leaseLost(lease));
    } catch (thrown) {
      // Until the expiry nobody else can hold the lease, so the next renewal may still succeed.
      if (time.now() >= lease.expiresAt) return reportLoss(thrown);
    }
  }
}

function leaseLost(lease: Lease): PlatformError {
  return new PlatformError(
    'lease_lost',
    `lease ${lease.name} (token ${lease.token}) was taken over by another holder`,
  );
}
