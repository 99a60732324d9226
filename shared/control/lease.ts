import type { EpochMillis } from '../domain/index.ts';
import type { ControlItem, ControlKey, ControlTable } from './control-table.ts';
import { decodeItem, encodeItem } from './item-format.ts';
import { type Decision, updateItem } from './update-item.ts';

/**
 * A right to act alone until `expiresAt`, unless renewed. A holder that was paused past its expiry may still believe
 * in it, so whatever it writes carries `token`, which grows with every acquisition: the higher token wins.
 */
export interface Lease {
  readonly name: string;
  /** Who holds it; unique per holder, e.g. one invocation. */
  readonly owner: string;
  /** Fencing counter, from 1. */
  readonly token: number;
  readonly expiresAt: EpochMillis;
}

export type Acquired =
  | { readonly outcome: 'acquired'; readonly lease: Lease }
  | { readonly outcome: 'held'; readonly by: string; readonly expiresAt: EpochMillis };

export type Renewed = { readonly outcome: 'renewed'; readonly lease: Lease } | { readonly outcome: 'lost' };

/** Free, released and expired leases are given; clocks of the holders may differ by less than `ttlMs`. */
export function acquireLease(
  table: ControlTable,
  request: { name: string; owner: string; now: EpochMillis; ttlMs: number },
): Promise<Acquired> {
  const { name, owner, now, ttlMs } = request;
  return updateItem(table, leaseKey(name), (current): Decision<Acquired> => {
    const stored = current && decodeLease(current);
    if (stored?.owner != null && stored.expiresAt > now) {
      return { write: null, result: { outcome: 'held', by: stored.owner, expiresAt: stored.expiresAt } };
    }
    const next = { owner, token: (stored?.token ?? 0) + 1, expiresAt: after(now, ttlMs) };
    return { write: encodeItem(FORMAT, next), result: { outcome: 'acquired', lease: { name, ...next } } };
  });
}

/** Renews also after the expiry, as long as nobody else has acquired it. */
export function renewLease(
  table: ControlTable,
  lease: Lease,
  now: EpochMillis,
  ttlMs: number,
): Promise<Renewed> {
  return updateItem(table, leaseKey(lease.name), (current): Decision<Renewed> => {
    if (!isHeldBy(lease, current)) return { write: null, result: { outcome: 'lost' } };
    const renewed = { ...lease, expiresAt: after(now, ttlMs) };
    const { owner, token, expiresAt } = renewed;
    return {
      write: encodeItem(FORMAT, { owner, token, expiresAt }),
      result: { outcome: 'renewed', lease: renewed },
    };
  });
}

export function releaseLease(table: ControlTable, lease: Lease): Promise<'released' | 'lost'> {
  return updateItem(table, leaseKey(lease.name), (current): Decision<'released' | 'lost'> => {
    if (!isHeldBy(lease, current)) return { write: null, result: 'lost' };
    const { token, expiresAt } = lease;
    return { write: encodeItem(FORMAT, { owner: null, token, expiresAt }), result: 'released' };
  });
}

const FORMAT = 'lease/1';

interface StoredLease {
  /** null: released. */
  readonly owner: string | null;
  readonly token: number;
  readonly expiresAt: EpochMillis;
}

function leaseKey(name: string): ControlKey {
  return { partition: 'leases', sort: name };
}

function decodeLease(item: ControlItem): StoredLease {
  return decodeItem<StoredLease>(FORMAT, item);
}

function isHeldBy(lease: Lease, current: ControlItem | null): boolean {
  const stored = current && decodeLease(current);
  return stored?.owner === lease.owner && stored.token === lease.token;
}

function after(now: EpochMillis, ttlMs: number): EpochMillis {
  return (now + ttlMs) as EpochMillis;
}
