import { z } from 'zod';
import type { Lsn } from '../../../../shared/cdc/index.ts';
import { PlatformError } from '../../../../shared/errors.ts';

/** What the positions are positions in. */
export interface CaptureSource {
  /** Names the database cluster; log positions of another one cannot be compared. */
  readonly systemId: string;
  /** Another number under the same name: made anew, and changes in between were not published. */
  readonly publicationOid: number;
}

/** How far the sink holds what Postgres has committed; stored with the records, and the base of every acknowledgement. */
export interface CapturePosition {
  readonly source: CaptureSource;
  readonly snapshotDone: boolean;
  /** Commit LSN of the last transaction that is stored whole; what commits at or before it is not stored again. */
  readonly commitLsn: Lsn;
  /** The highest position that may be acknowledged to Postgres: everything that commits before it is stored. */
  readonly safeLsn: Lsn;
  /** End of the last stored commit record; null where none was streamed. */
  readonly lastCommitEnd: Lsn | null;
  /** A transaction that is stored in part. */
  readonly partial: PartialTransaction | null;
}

export type PartialTransaction =
  /** Because it is large: the first `rowRecords` of its row records are stored. */
  | { readonly commitLsn: Lsn; readonly rowRecords: number }
  /** Because Debezium was stopped within it: what comes before `lsn` is stored, and the first `events` changes at `lsn`. */
  | { readonly txId: number; readonly lsn: Lsn; readonly events: number };

export function encodePosition(position: CapturePosition): string {
  return JSON.stringify(position, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}

export function decodePosition(text: string): CapturePosition {
  try {
    return positionSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PlatformError(
      'invalid_capture_position',
      `the stored position of change capture cannot be read: ${text.slice(0, 200)} · npm run reset starts afresh`,
      { cause },
    );
  }
}

const lsn = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((text) => BigInt(text));

const positionSchema = z.strictObject({
  source: z.strictObject({ systemId: z.string(), publicationOid: z.int() }),
  snapshotDone: z.boolean(),
  commitLsn: lsn,
  safeLsn: lsn,
  lastCommitEnd: lsn.nullable(),
  partial: z
    .union([
      z.strictObject({ commitLsn: lsn, rowRecords: z.int().nonnegative() }),
      z.strictObject({ txId: z.int().nonnegative(), lsn, events: z.int().nonnegative() }),
    ])
    .nullable(),
});
