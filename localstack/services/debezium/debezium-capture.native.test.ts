import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readChange } from '../../../shared/cdc/index.ts';
import { type ChangeCapture, encodePosition, startChangeCapture } from '../embedded/change-capture/index.ts';
import { MemorySink } from '../embedded/change-capture/memory-sink.fixture.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/postgres/index.ts';
import { freePort } from '../free-port.ts';
import { runningService } from '../native/running-services.ts';
import { connectClient } from './connect-client.ts';
import { connectorConfig } from './connector-config.ts';
import { type DebeziumCaptureOptions, startDebeziumCapture } from './debezium-capture.ts';
import { type KafkaReader, readTopics } from './kafka-reader.fixture.ts';
import { releaseConnector } from './release-connector.ts';

const WAIT = { timeout: 60_000, interval: 25 };
/** As the README has it, "A role of its own". */
const ROLE = `
  CREATE ROLE capture LOGIN REPLICATION PASSWORD 'capture';
  GRANT USAGE ON SCHEMA public TO capture;`;

const DROP_SLOTS = 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots';

let folder: string;
let postgres: EmbeddedPostgres;
let client: pg.Client;
let name: string;
let reader: KafkaReader;
let sink: MemorySink;
let captures: ChangeCapture[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'debezium-'));
  postgres = await startEmbeddedPostgres({
    dataDir: folder,
    port: await freePort(0),
    log: { log: () => {} },
  });
  client = new pg.Client(postgres.url);
  await client.connect();
  await client.query(ROLE);
});

afterAll(async () => {
  await client.end();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  name = `debezium-${randomUUID().slice(0, 8)}`;
  sink = new MemorySink();
  captures = [];
  await client.query(`
    CREATE TABLE item (id int PRIMARY KEY, note text);
    ALTER TABLE item REPLICA IDENTITY FULL;
    GRANT SELECT ON item TO capture;
    INSERT INTO item SELECT n, 'n' || n FROM generate_series(1, 20) n;
    CREATE PUBLICATION debezium FOR TABLE item`);
  reader = await readTopics(name, [`${name}.public.item`]);
});

afterEach(async () => {
  await Promise.all(captures.map((capture) => capture.stop()));
  const connect = connectClient(runningService('connect').url);
  if ((await connect.config(name)) !== null) await connect.remove(name);
  await vi.waitFor(() => client.query(DROP_SLOTS), WAIT);
  await client.query('DROP PUBLICATION debezium; DROP TABLE item');
  await reader.close();
});

async function connectTo(url: string): Promise<pg.Client> {
  const session = new pg.Client(url);
  await session.connect();
  return session;
}

function options(): DebeziumCaptureOptions {
  const url = new URL(postgres.url);
  url.username = 'capture';
  url.password = 'capture';
  return {
    connectUrl: runningService('connect').url,
    databaseUrl: url.href,
    publication: 'debezium',
    slot: name.replace('-', '_'),
    topicPrefix: name,
    connector: name,
    sink,
    eventLog: { positions: async () => [] },
    clock: Date,
    log: { log: () => {} },
  };
}

function start(change: Partial<DebeziumCaptureOptions> = {}): ChangeCapture {
  const capture = startDebeziumCapture({ ...options(), ...change });
  captures.push(capture);
  return capture;
}

function captured(): readonly [string, unknown][] {
  return reader.records.flatMap((record) => {
    const read = readChange(record);
    return read.kind === 'change' ? [[read.change.op, read.change.after?.id] as [string, unknown]] : [];
  });
}

describe('startDebeziumCapture', () => {
  it('reads all rows with a role that may do no more, then streams, and goes on after a stop', async () => {
    const first = start();
    await first.streaming;
    expect(first.status()).toMatchObject({ phase: 'streaming', lastError: null });
    await first.stop();
    await client.query("INSERT INTO item VALUES (21, 'while nobody watches')");
    const second = start();
    await second.streaming;
    await client.query("INSERT INTO item VALUES (22, 'streamed')");
    await vi.waitFor(() => expect(captured()).toHaveLength(22), WAIT);
    expect(captured().filter(([op]) => op === 'r')).toHaveLength(20);
    expect(captured().filter(([op]) => op === 'c')).toEqual(
      [
        ['c', 21],
        ['c', 22],
      ].sort(),
    );
  });

  it('orders snapshot rows below what the slot streams, also what changed before its consistent point', async () => {
    await start().streaming;
    await client.query("UPDATE item SET note = 'new' WHERE id = 1");
    await vi.waitFor(() => expect(captured()).toHaveLength(21), WAIT);
    const lsns = reader.records.flatMap((record) => {
      const read = readChange(record);
      const { lsn: slotLsn } = JSON.parse(Buffer.from(record.value ?? []).toString()).source;
      return read.kind === 'change' && read.change.op === 'r' ? [{ lsn: read.change.lsn, slotLsn }] : [];
    });
    for (const { lsn, slotLsn } of lsns) expect(lsn).toBeLessThan(BigInt(slotLsn));
  });

  it('tells in words of Debezium why it is refused, and starts once it is not', async () => {
    const capture = start({ connectDatabaseUrl: postgres.url.replace(/:[^:@/]*@/, ':wrong@') });
    await vi.waitFor(
      () =>
        expect(capture.status()).toMatchObject({
          phase: 'waiting-to-retry',
          lastError: expect.stringContaining('password authentication failed'),
        }),
      WAIT,
    );
    await capture.stop();
    await start().streaming;
  });

  it('waits for Connect to come', async () => {
    const capture = start({ connectUrl: `http://127.0.0.1:${await freePort(0)}` });
    await vi.waitFor(
      () =>
        expect(capture.status()).toMatchObject({
          phase: 'waiting-to-retry',
          lastError: expect.stringContaining('does not answer'),
        }),
      WAIT,
    );
  });

  it('registers a connector again that was removed behind its back', async () => {
    await start().streaming;
    await connectClient(runningService('connect').url).remove(name);
    await client.query("INSERT INTO item VALUES (21, 'meanwhile')");
    await vi.waitFor(() => expect(captured()).toContainEqual(['c', 21]), WAIT);
  });

  it('reads all rows again where a removed connector has left an offset and the slot is gone', async () => {
    await start().streaming;
    await captures[0]?.stop();
    await connectClient(runningService('connect').url).remove(name);
    await vi.waitFor(() => client.query(DROP_SLOTS), WAIT);
    const embedded = startChangeCapture({ ...options(), sink: new MemorySink() });
    await embedded.streaming;
    await embedded.stop();
    const { position } = embedded.status();
    if (position === null) throw new Error('the embedded capture has no position');
    await sink.append([], encodePosition(position));
    await client.query(DROP_SLOTS);
    await start().streaming;
    await vi.waitFor(() => expect(captured().filter(([op]) => op === 'r')).toHaveLength(40), WAIT);
  });

  it('reads all rows again when the slot goes under a running connector', async () => {
    const capture = start();
    await capture.streaming;
    await client.query('SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active');
    await vi.waitFor(() => client.query(DROP_SLOTS), { ...WAIT, interval: 1 });
    await client.query("INSERT INTO item VALUES (21, 'without a slot')");
    await vi.waitFor(() => expect(captured()).toContainEqual(['r', 21]), WAIT);
  });

  it('stops a connector that has only just been registered', async () => {
    const connect = connectClient(runningService('connect').url);
    const { slot = '', publication = '', databaseUrl } = options();
    await connect.put(
      name,
      connectorConfig({
        name,
        databaseUrl,
        publication,
        slot,
        topicPrefix: name,
        snapshotMode: 'initial',
        snapshotLsn: null,
      }),
    );
    await releaseConnector(connect, name, client, slot);
    expect(await connect.status(name)).toMatchObject({ state: 'STOPPED', tasks: [] });
  });

  it('does not read a slot that the embedded capture is reading, and takes it when that has stopped', async () => {
    const embedded = startChangeCapture({ ...options(), sink });
    await embedded.streaming;
    const capture = start();
    await vi.waitFor(() => expect(capture.status().lastError).toContain('is being read'), WAIT);
    await embedded.stop();
    await capture.streaming;
    await client.query("INSERT INTO item VALUES (21, 'after')");
    await vi.waitFor(() => expect(captured()).toEqual([['c', 21]]), WAIT);
  });

  it.each(['before', 'after'])(
    'loses nothing of transactions that are open while the slot changes hands, committed %s',
    async (when) => {
      const embedded = startChangeCapture({ ...options(), sink });
      await embedded.streaming;
      const others = await Promise.all([0, 1, 2].map(() => connectTo(postgres.url)));
      for (const [i, other] of others.entries()) {
        await other.query('BEGIN');
        await other.query('INSERT INTO item SELECT n, NULL FROM generate_series($1::int, $2::int) n', [
          100 + 10 * i,
          104 + 10 * i,
        ]);
      }
      await client.query("INSERT INTO item VALUES (21, 'seen by the embedded')");
      await vi.waitFor(() => expect(sink.records).toHaveLength(21), WAIT);
      await embedded.stop();
      const commit = () =>
        Promise.all(
          others.map((other) =>
            other
              .query('INSERT INTO item SELECT max(id) + 1 + pg_backend_pid() FROM item')
              .then(() => other.query('COMMIT')),
          ),
        );
      if (when === 'before') await commit();
      await start().streaming;
      if (when === 'after') await commit();
      await Promise.all(others.map((other) => other.end()));
      await vi.waitFor(() => expect(captured()).toHaveLength(18), WAIT);
    },
  );

  it('leaves the slot to Debezium where the embedded capture is started without taking it', async () => {
    await start().streaming;
    const embedded = startChangeCapture({ ...options(), sink });
    await expect(embedded.streaming).rejects.toMatchObject({ code: 'slot_owned_by_debezium' });
    await embedded.stop();
  });
});
