import { PlatformError } from '../../errors.ts';
import type { Table } from '../write/table.ts';
import { requireWritable } from '../write/writable.ts';

/** Commits that may come in between with another change of the table's metadata. */
const ATTEMPTS = 5;

/**
 * Gives a table those of `properties` that it does not set itself.
 * @returns the version that set them; null where it sets all of them already
 */
export async function setMissingProperties(
  table: Table,
  properties: Readonly<Record<string, string>>,
): Promise<number | null> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const base = await table.snapshot();
    if (base === null) throw new PlatformError('lake_table_missing', `there is no table at ${table.path}`);
    const missing = missingProperties(base.metadata.configuration, properties);
    if (Object.keys(missing).length === 0) return null;
    requireWritable(base.protocol, base.metadata, base.path);
    const outcome = await table.commit(base, {
      read: { kind: 'nothing' },
      removes: [],
      adds: [],
      dataChange: true,
      metadata: { ...base.metadata, configuration: { ...base.metadata.configuration, ...missing } },
      operation: 'SET TBLPROPERTIES',
      operationParameters: { properties: JSON.stringify(missing) },
    });
    if (outcome.outcome === 'committed') return outcome.version;
  }
  throw new PlatformError(
    'lake_commit_contended',
    `table ${table.path}: its metadata changed under ${ATTEMPTS} attempts to set properties, try again later`,
    { retryable: true },
  );
}

/** Those of `properties` that `configuration` does not name. */
export function missingProperties(
  configuration: Readonly<Record<string, string>>,
  properties: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(properties).filter(([name]) => !Object.hasOwn(configuration, name)),
  );
}
