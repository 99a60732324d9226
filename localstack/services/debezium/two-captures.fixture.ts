import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { expect, vi } from 'vitest';
import type { NewRecord } from '../../../shared/kafka/index.ts';
import { startChangeCapture } from '../embedded/change-capture/index.ts';
import { MemorySink } from '../embedded/change-capture/memory-sink.fixture.ts';
import { startEmbeddedPostgres } from '../embedded/postgres/index.ts';
import { freePort } from '../free-port.ts';
import { runningService } from '../native/running-services.ts';
import { connectClient } from './connect-client.ts';
import { connectorConfig } from './connector-config.ts';
import { readTopics } from './kafka-reader.fixture.ts';

export interface TwoCaptures {
  readonly client: pg.Client;
  /** The records of both since the last call, once both have captured everything committed by now. */
  captured(): Promise<{ readonly embedded: readonly NewRecord[]; readonly debezium: readonly NewRecord[] }>;
  close(): Promise<void>;
}

const WAIT = { timeout: 30_000, interval: 20 };
const MARKER_TABLE = 'parity_marker';

/**
 * A database of its own, read by the embedded capture and by Debezium at once: one publication, two slots, one topic prefix,
 * the embedded one's records kept in memory.
 */
export async function startTwoCaptures(schemaSql: string, tables: readonly string[]): Promise<TwoCaptures> {
  const prefix = `parity-${randomUUID().slice(0, 8)}`;
  const slot = prefix.replace('-', '_');
  const folder = await mkdtemp(path.join(tmpdir(), 'parity-'));
  const silent = { log: () => {} };
  const postgres = await startEmbeddedPostgres({ dataDir: folder, port: await freePort(0), log: silent });
  const client = new pg.Client(postgres.url);
  await client.connect();
  await client.query(schemaSql);
  await client.query(`CREATE TABLE ${MARKER_TABLE} (id int PRIMARY KEY)`);
  const all = [...tables, MARKER_TABLE];
  await client.query(`CREATE PUBLICATION parity FOR TABLE ${all.join(', ')}`);

  const reader = await readTopics(
    prefix,
    all.map((table) => `${prefix}.public.${table}`),
  );
  const connect = connectClient(runningService('connect').url);
  await connect.put(
    prefix,
    connectorConfig({
      name: prefix,
      databaseUrl: postgres.url,
      publication: 'parity',
      slot: `${slot}_debezium`,
      topicPrefix: prefix,
      snapshotMode: 'initial',
      snapshotLsn: null,
    }),
  );
  const sink = new MemorySink();
  const capture = startChangeCapture({
    databaseUrl: postgres.url,
    publication: 'parity',
    slot: `${slot}_embedded`,
    topicPrefix: prefix,
    // Without a list of tables Debezium reads them by name, and the marks name the last of all.
    snapshotOrder: [...all].sort().map((table) => `public.${table}`),
    sink,
    clock: Date,
    log: silent,
  });
  await capture.streaming;
  await vi.waitFor(async () => {
    const { rows } = await client.query(
      'SELECT FROM pg_replication_slots WHERE active AND confirmed_flush_lsn IS NOT NULL',
    );
    const status = await connect.status(prefix);
    expect(status?.trace ?? null).toBeNull();
    expect(rows).toHaveLength(2);
    expect(await connect.offset(prefix)).not.toHaveProperty('snapshot');
  }, WAIT);

  let markers = 0;
  const isMarker = ({ topic }: { readonly topic: string }) => topic === `${prefix}.public.${MARKER_TABLE}`;
  const taken = { embedded: 0, debezium: 0 };
  /** Twice: a record of another partition that is older than the first marker is there before the second. */
  const passMarker = async () => {
    markers++;
    await client.query(`INSERT INTO ${MARKER_TABLE} VALUES ($1)`, [markers]);
    for (const records of [sink.records, reader.records]) {
      await vi.waitFor(async () => {
        expect([capture.status().lastError, (await connect.status(prefix))?.trace ?? null]).toEqual([
          null,
          null,
        ]);
        expect(records.filter(isMarker)).toHaveLength(markers);
      }, WAIT);
    }
  };
  return {
    client,
    captured: async () => {
      await passMarker();
      await passMarker();
      const embedded = sink.records.slice(taken.embedded);
      const debezium = reader.records.slice(taken.debezium);
      taken.embedded += embedded.length;
      taken.debezium += debezium.length;
      const wanted = (record: NewRecord) => !isMarker(record);
      return { embedded: embedded.filter(wanted), debezium: debezium.filter(wanted) };
    },
    close: async () => {
      await capture.stop();
      await connect.remove(prefix);
      await vi.waitFor(async () => {
        const { rows } = await client.query('SELECT FROM pg_replication_slots WHERE active');
        expect(rows).toEqual([]);
      }, WAIT);
      await client.end();
      await postgres.stop();
      await reader.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
