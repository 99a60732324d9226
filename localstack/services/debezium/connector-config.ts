import { readFileSync } from 'node:fs';
import { SNAPSHOT_LSN_HEADER } from '../../../shared/cdc/index.ts';
import { PlatformError } from '../../../shared/errors.ts';
import type { DebeziumOwner } from '../embedded/change-capture/index.ts';
import type { ConnectorConfig } from './connect-client.ts';

/** The name under which the shop's connector is registered; docker-compose's init service uses it too. */
export const SHOP_CONNECTOR = 'shop-connector';

export interface ConnectorSettings {
  readonly name: string;
  /** As Connect reaches the database, which in a container is not as we do. */
  readonly databaseUrl: string;
  readonly publication: string;
  readonly slot: string;
  readonly topicPrefix: string;
  /** `initial`: all rows, then the stream. `no_data`: the stream alone, from where the slot stands. */
  readonly snapshotMode: DebeziumOwner['snapshotMode'];
  /**
   * Position of the log before the slot was made. A connector that takes a snapshot writes it into the header
   * `snapshot_lsn` of its records, which orders snapshot rows below all that the slot streams (see `shared/cdc`).
   */
  readonly snapshotLsn: bigint | null;
}

const FILE = new URL('../../compose/connect/shop-connector.json', import.meta.url);

/** The configuration file that docker-compose uses too, with its placeholders and names filled in. */
export function connectorConfig(settings: ConnectorSettings): ConnectorConfig {
  const url = new URL(settings.databaseUrl);
  const values: Readonly<Record<string, string>> = {
    SHOP_DATABASE_HOST: url.hostname,
    SHOP_DATABASE_PORT: url.port === '' ? '5432' : url.port,
    SHOP_DATABASE_USER: decodeURIComponent(url.username),
    SHOP_DATABASE_PASSWORD: decodeURIComponent(url.password),
    SHOP_DATABASE_NAME: decodeURIComponent(url.pathname.slice(1)),
  };
  const template = JSON.parse(readFileSync(FILE, 'utf8')) as ConnectorConfig;
  return {
    ...Object.fromEntries(
      Object.entries(template).map(([key, value]) => [
        key,
        value.replace(/\$\{(\w+)\}/g, (_, name: string) => placeholderValue(values, name)),
      ]),
    ),
    name: settings.name,
    'slot.name': settings.slot,
    'publication.name': settings.publication,
    'topic.prefix': settings.topicPrefix,
    'snapshot.mode': settings.snapshotMode,
    ...(settings.snapshotLsn === null ? {} : snapshotHeader(settings.snapshotLsn)),
  };
}

function placeholderValue(values: Readonly<Record<string, string>>, name: string): string {
  const value = values[name];
  if (value === undefined || value === '') {
    throw new PlatformError(
      'connector_setting_missing',
      `shop-connector.json asks for ${name}, which the database's url does not name · postgres://user:password@host:port/database`,
    );
  }
  return value;
}

/** https://kafka.apache.org/documentation/#connect_transforms */
function snapshotHeader(snapshotLsn: bigint): ConnectorConfig {
  return {
    transforms: 'snapshotLsn',
    'transforms.snapshotLsn.type': 'org.apache.kafka.connect.transforms.InsertHeader',
    'transforms.snapshotLsn.header': SNAPSHOT_LSN_HEADER,
    'transforms.snapshotLsn.value.literal': snapshotLsn.toString(),
  };
}
