// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#table-features, and its rules on metadata cleanup and vacuum
import { PlatformError } from '../../errors.ts';
import type { Snapshot } from '../log/snapshot.ts';

/**
 * Features of writers that change nothing about which files of a table are needed. Those left out do, or say that others
 * decide: `checkpointProtection`, `catalogManaged`, whatever is not known.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  'allowColumnDefaults',
  'appendOnly',
  'changeDataFeed',
  'checkConstraints',
  'clustering',
  'columnMapping',
  'deletionVectors',
  'domainMetadata',
  'generatedColumns',
  'identityColumns',
  'inCommitTimestamp',
  'invariants',
  'rowTracking',
  'timestampNtz',
  'typeWidening',
  'typeWidening-preview',
  'v2Checkpoint',
  'vacuumProtocolCheck',
]);

/** Up to which table features are implied by the version, all of them harmless. */
const LEGACY_WRITER = 6;
const FEATURES_WRITER = 7;

/** Refuses to delete files of a table whose writers were promised something that is not known here. */
export function requireMaintainable({ protocol, path }: Snapshot, what: string): void {
  const { minWriterVersion, writerFeatures = [] } = protocol;
  if (minWriterVersion <= LEGACY_WRITER) return;
  const unknown = writerFeatures.filter((feature) => !HARMLESS.has(feature));
  if (minWriterVersion === FEATURES_WRITER && unknown.length === 0) return;
  throw new PlatformError(
    'lake_protocol_unsupported',
    `${what} of table ${path} needs writer version ${minWriterVersion} (features not supported: ${unknown.join(', ') || 'none named'})`,
    { details: { features: unknown } },
  );
}
