import { setTimeout as delay } from 'node:timers/promises';
import { SHOP_PUBLICATION, SHOP_SLOT, SHOP_TOPIC_PREFIX } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import {
  type ConnectClient,
  type ConnectorConfig,
  connectClient,
  connectorConfig,
  SHOP_CONNECTOR,
} from '../services/debezium/index.ts';

const POLL_MS = 250;

export interface ShopConnectorOptions {
  readonly connectUrl: string;
  /** As Kafka Connect reaches it. */
  readonly databaseUrl: string;
  readonly name?: string;
  readonly slot?: string;
  readonly topicPrefix?: string;
  /** Longest wait for it to run, in milliseconds. */
  readonly patienceMs: number;
}

/**
 * Registers the shop's connector where there is none and waits until it runs. One that is there keeps its configuration,
 * which the platform may have written, but for the address and credentials of the database.
 * @throws PlatformError `connector_failed` with Connect's trace; `connector_not_running` after `patienceMs`
 */
export async function ensureShopConnector(
  options: ShopConnectorOptions,
): Promise<'registered' | 'updated' | 'unchanged'> {
  const { connectUrl, databaseUrl, patienceMs } = options;
  const { name = SHOP_CONNECTOR, slot = SHOP_SLOT, topicPrefix = SHOP_TOPIC_PREFIX } = options;
  const client = connectClient(connectUrl);
  const wanted = connectorConfig({
    name,
    databaseUrl,
    publication: SHOP_PUBLICATION,
    slot,
    topicPrefix,
    snapshotMode: 'initial',
    snapshotLsn: null,
  });
  const present = await client.config(name);
  const next = present === null ? wanted : { ...present, ...databaseOf(wanted) };
  const isSame = present !== null && Object.keys(next).every((key) => next[key] === present[key]);
  if (!isSame) await client.put(name, next);
  await untilRunning(client, name, patienceMs);
  return present === null ? 'registered' : isSame ? 'unchanged' : 'updated';
}

function databaseOf(config: ConnectorConfig): ConnectorConfig {
  return Object.fromEntries(Object.entries(config).filter(([key]) => key.startsWith('database.')));
}

async function untilRunning(client: ConnectClient, name: string, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const status = await client.status(name);
    const states = [status?.state, ...(status?.tasks ?? []).map((task) => task.state)];
    if (states.includes('FAILED')) {
      throw new PlatformError(
        'connector_failed',
        `connector ${name} has failed: ${status?.trace ?? 'no trace'}`,
      );
    }
    if (states.length > 1 && states.every((state) => state === 'RUNNING')) return;
    if (performance.now() > deadline) {
      throw new PlatformError(
        'connector_not_running',
        `connector ${name} is ${states.join(', ') || 'unknown'} after ${patienceMs} ms`,
        { retryable: true },
      );
    }
    await delay(POLL_MS);
  }
}
