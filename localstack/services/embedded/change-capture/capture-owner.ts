import { z } from 'zod';
import { PlatformError } from '../../../../shared/errors.ts';
import { type CapturePosition, type CaptureSource, decodePosition } from './capture-position.ts';

/**
 * Who reads the slot, as the event log's position record says. One slot has one owner at a time; it changes hands only by
 * a write of this record, after the owner of before has ended.
 */
export type CaptureOwner = { readonly owner: 'embedded'; readonly position: CapturePosition } | DebeziumOwner;

/** A connector keeps its own position, in Connect's offsets. */
export interface DebeziumOwner {
  readonly owner: 'debezium';
  readonly source: CaptureSource;
  readonly connectUrl: string;
  readonly connector: string;
  /** How the connector began: with all rows, or where another reader of the slot had stopped. */
  readonly snapshotMode: 'initial' | 'no_data';
  /** Position of the log before the snapshot's slot was made, decimal; null where the connector took none. */
  readonly snapshotLsn: string | null;
}

export function encodeOwner(owner: DebeziumOwner): string {
  return JSON.stringify(owner);
}

/** Reads the position record: of the embedded capture as `encodePosition` wrote it, of Debezium as `encodeOwner` did. */
export function decodeOwner(text: string): CaptureOwner {
  if (!text.startsWith('{"owner":')) {
    return { owner: 'embedded', position: decodePosition(text) };
  }
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PlatformError(
      'invalid_capture_position',
      `the stored owner of the slot cannot be read: ${text.slice(0, 200)} · npm run reset starts afresh`,
      { cause },
    );
  }
}

const ownerSchema = z.strictObject({
  owner: z.literal('debezium'),
  source: z.strictObject({ systemId: z.string(), publicationOid: z.int() }),
  connectUrl: z.string(),
  connector: z.string(),
  snapshotMode: z.enum(['initial', 'no_data']),
  snapshotLsn: z
    .string()
    .regex(/^\d{1,20}$/)
    .nullable(),
});
