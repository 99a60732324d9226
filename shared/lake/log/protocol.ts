// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#protocol-evolution: what is not known is refused by name.
// Features: https://github.com/delta-io/delta/blob/master/PROTOCOL.md#valid-feature-names-in-table-features
import { PlatformError } from '../../errors.ts';
import type { Protocol } from './actions.ts';

/** What new tables are created with. */
export const OUR_PROTOCOL: Protocol = { minReaderVersion: 1, minWriterVersion: 2 };

/** From this version on the protocol lists its features by name. */
const READER_VERSION_WITH_FEATURES = 3;

const READER_FEATURES = {
  columnMapping: 'files name columns by physical name or id',
  deletionVectors: 'rows of a file may be deleted by a bitmap beside it',
  timestampNtz: 'columns of type timestamp_ntz',
  typeWidening: 'older files hold columns in narrower types',
  'typeWidening-preview': 'as typeWidening',
  v2Checkpoint: 'checkpoints with a UUID in their name, and with sidecars',
  vacuumProtocolCheck: 'asks nothing of readers',
} as const;

/** A feature that tables ask of their readers and that this library has. */
export type ReaderFeature = keyof typeof READER_FEATURES;

/** Asks nothing of readers, though some writers list them as if. */
const WRITER_FEATURES: ReadonlySet<string> = new Set([
  'allowColumnDefaults',
  'appendOnly',
  'changeDataFeed',
  'checkConstraints',
  'clustering',
  'domainMetadata',
  'generatedColumns',
  'icebergCompatV1',
  'icebergCompatV2',
  'identityColumns',
  'inCommitTimestamp',
  'invariants',
  'rowTracking',
]);

/** Refuses a table that asks more of its readers than this library has, with what that is. */
export function requireReadable(protocol: Protocol, table: string): void {
  const { minReaderVersion, readerFeatures = [] } = protocol;
  if (minReaderVersion > READER_VERSION_WITH_FEATURES) {
    throw unsupportedProtocol(
      table,
      `reader version ${minReaderVersion}, supported are 1 to ${READER_VERSION_WITH_FEATURES}`,
      readerFeatures,
    );
  }
  if (minReaderVersion < READER_VERSION_WITH_FEATURES) return;
  const unknown = readerFeatures.filter(
    (name) => !Object.hasOwn(READER_FEATURES, name) && !WRITER_FEATURES.has(name),
  );
  if (unknown.length === 0) return;
  throw unsupportedProtocol(
    table,
    `reader features ${unknown.join(', ')}, supported are ${Object.keys(READER_FEATURES).join(', ')}`,
    unknown,
  );
}

export function hasReaderFeature(protocol: Protocol, feature: ReaderFeature): boolean {
  if (protocol.minReaderVersion >= READER_VERSION_WITH_FEATURES) {
    return protocol.readerFeatures?.includes(feature) ?? false;
  }
  return feature === 'columnMapping' && protocol.minReaderVersion === 2;
}

function unsupportedProtocol(table: string, needs: string, features: readonly string[]): PlatformError {
  return new PlatformError('lake_protocol_unsupported', `table ${table} needs ${needs}`, {
    details: { features },
  });
}
