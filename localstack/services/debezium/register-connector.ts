import type pg from 'pg';
import { PlatformError } from '../../../shared/errors.ts';
import type { Logger } from '../../../shared/runtime/logger.ts';
import {
  type CaptureOwner,
  type CaptureSource,
  type ChangeSink,
  type DebeziumOwner,
  decodeOwner,
  dropSlot,
  encodeOwner,
  readSlot,
} from '../embedded/change-capture/index.ts';
import type { ConnectClient, ConnectorConfig } from './connect-client.ts';
import { type ConnectorSettings, connectorConfig } from './connector-config.ts';
import { planDebeziumStart } from './plan-start.ts';
import { releaseConnector } from './release-connector.ts';
import { advanceSlot, checkSlotIsFree, currentLsn, withSource } from './slot-session.ts';
import { finishTransaction } from './take-slot-from-embedded.ts';

export interface RegisterOptions {
  readonly connect: ConnectClient;
  readonly connectUrl: string;
  readonly connector: string;
  readonly databaseUrl: string;
  readonly connectDatabaseUrl: string;
  readonly publication: string;
  readonly slot: string;
  readonly topicPrefix: string;
  readonly sink: ChangeSink;
  readonly clock: { now(): number };
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Brings the slot into the hands of the connector and the connector to work; does nothing that is done already, so it may
 * be repeated after it failed anywhere. The owner is written after the slot is in place and before the connector starts.
 * @throws PlatformError `connector_refused` with Debezium's own words
 */
export async function registerConnector(options: RegisterOptions): Promise<DebeziumOwner['snapshotMode']> {
  const { connect, connector, sink, slot } = options;
  await validate(options);
  return withSource(options.databaseUrl, options.publication, async (client, source) => {
    const text = await sink.position();
    const stored = text === null ? null : decodeOwner(text);
    if (stored !== null && (await connect.config(connector)) === null) {
      // Connect keeps the offset of a connector that was removed, and shows and forgets it of one that is there.
      await connect.createStopped(connector, configOf(options, snapshotOf(stored)));
    }
    const plan = planDebeziumStart(
      stored,
      await readSlot(client, slot),
      source,
      (await connect.offset(connector)) !== null,
    );
    switch (plan.action) {
      case 'refuse':
        throw plan.error;
      case 'continue':
        return start(options, plan.owner);
      case 'adopt':
        return start(options, await own(options, source, 'initial', null));
      case 'snapshot':
        return start(options, await prepareSnapshot(options, client, source, plan.reason));
      case 'take-over':
        return start(options, await takeOver(options, client, source));
    }
  });
}

async function validate(options: RegisterOptions): Promise<void> {
  const config = configOf(options, { snapshotMode: 'initial', snapshotLsn: null });
  const refusals = await options.connect.refusals(config);
  if (refusals.length > 0) {
    throw new PlatformError(
      'connector_refused',
      `kafka connect refuses connector ${options.connector}: ${refusals.join('; ')}`,
      { retryable: true },
    );
  }
}

/** The slot is left to the connector to make: only so does it see the snapshot that belongs to it. */
async function prepareSnapshot(
  options: RegisterOptions,
  client: pg.Client,
  source: CaptureSource,
  reason: string | null,
): Promise<DebeziumOwner> {
  const { slot, log } = options;
  if (reason !== null) {
    log.log('warn', `debezium reads all rows afresh: ${reason}`, { slot });
  }
  await forgetOffset(options, client);
  if ((await readSlot(client, slot)) !== null) {
    await checkSlotIsFree(client, slot);
    await dropSlot(client, slot);
  }
  return own(options, source, 'initial', await currentLsn(client));
}

async function takeOver(
  options: RegisterOptions,
  client: pg.Client,
  source: CaptureSource,
): Promise<DebeziumOwner> {
  const { slot, log } = options;
  await forgetOffset(options, client);
  await checkSlotIsFree(client, slot);
  const { safeLsn } = await finishTransaction(options);
  await advanceSlot(client, slot, safeLsn);
  log.log('info', 'debezium takes the slot from the embedded capture', { slot, lsn: safeLsn });
  return own(options, source, 'no_data', null);
}

/** An offset of an earlier time would make the connector skip what lies between. */
async function forgetOffset({ connect, connector, slot }: RegisterOptions, client: pg.Client): Promise<void> {
  if ((await connect.config(connector)) === null) return;
  const status = await connect.status(connector);
  // Stopping a connector that has no task ends nobody's reading.
  if (status === null || status.tasks.length === 0) await checkSlotIsFree(client, slot);
  await releaseConnector(connect, connector, client, slot);
  if ((await connect.offset(connector)) !== null) await connect.deleteOffset(connector);
}

async function own(
  options: RegisterOptions,
  source: CaptureSource,
  snapshotMode: DebeziumOwner['snapshotMode'],
  snapshotLsn: bigint | null,
): Promise<DebeziumOwner> {
  const owner: DebeziumOwner = {
    owner: 'debezium',
    source,
    connectUrl: options.connectUrl,
    connector: options.connector,
    snapshotMode,
    snapshotLsn: snapshotLsn?.toString() ?? null,
  };
  await options.sink.append([], encodeOwner(owner));
  return owner;
}

async function start(options: RegisterOptions, owner: DebeziumOwner): Promise<DebeziumOwner['snapshotMode']> {
  const { connect, connector } = options;
  const wanted = configOf(options, snapshotOf(owner));
  // Connect restarts the task at every write of its configuration.
  if (!isSame(await connect.config(connector), wanted)) {
    await connect.put(connector, wanted);
  }
  await connect.resume(connector);
  return owner.snapshotMode;
}

/** Where the embedded capture has the slot, the connector would go on from there. */
function snapshotOf(owner: CaptureOwner): Pick<ConnectorSettings, 'snapshotMode' | 'snapshotLsn'> {
  if (owner.owner === 'embedded') return { snapshotMode: 'no_data', snapshotLsn: null };
  const { snapshotMode, snapshotLsn } = owner;
  return { snapshotMode, snapshotLsn: snapshotLsn === null ? null : BigInt(snapshotLsn) };
}

function configOf(
  { connector, connectDatabaseUrl, publication, slot, topicPrefix }: RegisterOptions,
  snapshot: Pick<ConnectorSettings, 'snapshotMode' | 'snapshotLsn'>,
): ConnectorConfig {
  return connectorConfig({
    name: connector,
    databaseUrl: connectDatabaseUrl,
    publication,
    slot,
    topicPrefix,
    ...snapshot,
  });
}

function isSame(a: ConnectorConfig | null, b: ConnectorConfig): boolean {
  if (a === null) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => a[key] === b[key]);
}
