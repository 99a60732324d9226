/** A running shop changes hands: embedded -> Debezium -> embedded, under load, with lost connections in between. */

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openKafkaEventLog } from '../../../shared/adapters/kafka-event-log.ts';
import { readChange } from '../../../shared/cdc/index.ts';
import { type ChangeEvent, rowVersion } from '../../../shared/domain/index.ts';
import type { SourceEventLog } from '../../../shared/kafka/index.ts';
import { seededRandom } from '../../shop/index.ts';
import { type ChangeCapture, type ChangeSink, startChangeCapture } from '../embedded/change-capture/index.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/postgres/index.ts';
import { freePort } from '../free-port.ts';
import { runningService } from '../native/running-services.ts';
import { connectClient } from './connect-client.ts';
import { startDebeziumCapture } from './debezium-capture.ts';
import { type KafkaReader, readTopics } from './kafka-reader.fixture.ts';
import { takeSlotFromDebezium } from './take-slot-from-debezium.ts';

const PREFIX = `switching-${randomUUID().slice(0, 8)}`;
const SLOT = PREFIX.replace('-', '_');
/** On a busy machine Kafka takes up to a minute to give up a transaction that stalled; capture then begins anew. */
const WAIT = { timeout: 180_000, interval: 100 };
const ACCOUNTS = 40;
const WRITERS = 3;
/** Rows of a large transaction. */
const LARGE = 1500;
const PHASE_MS = 2500;

let folder: string;
let postgres: EmbeddedPostgres;
let client: pg.Client;
let eventLog: SourceEventLog;
let reader: KafkaReader;
let problems: string[];

const connectUrl = () => runningService('connect').url;
const log = {
  log: (level: string, message: string, fields?: object) => {
    if (level === 'error') problems.push(`${message} ${JSON.stringify(fields)}`);
  },
};

beforeAll(async () => {
  problems = [];
  folder = await mkdtemp(path.join(tmpdir(), 'switching-'));
  postgres = await startEmbeddedPostgres({ dataDir: folder, port: await freePort(0), log });
  client = await connectTo(postgres.url);
  await client.query(`
    CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, note text);
    CREATE TABLE journal (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
    ALTER TABLE account REPLICA IDENTITY FULL;
    INSERT INTO account SELECT n, 0, 'new' FROM generate_series(1, ${ACCOUNTS}) n;
    CREATE PUBLICATION switching FOR TABLE account, journal`);
  reader = await readTopics(PREFIX, [topic('account'), topic('journal')]);
  eventLog = await openKafkaEventLog({
    brokers: [new URL(runningService('kafka').url).host],
    onProblem: () => {},
  });
});

afterAll(async () => {
  const connect = connectClient(connectUrl());
  if ((await connect.config(PREFIX)) !== null) await connect.remove(PREFIX);
  await eventLog.close();
  await client.end();
  await postgres.stop();
  await reader.close();
  await rm(folder, { recursive: true, force: true });
});

function topic(table: string): string {
  return `${PREFIX}.public.${table}`;
}

async function connectTo(url: string): Promise<pg.Client> {
  const session = new pg.Client(url);
  await session.connect();
  return session;
}

const sink: ChangeSink = {
  position: () => eventLog.positionOf(SLOT),
  append: async (records, position) => {
    await eventLog.appendWithPosition(SLOT, records, position);
  },
};

const shared = () => ({
  databaseUrl: postgres.url,
  publication: 'switching',
  slot: SLOT,
  topicPrefix: PREFIX,
  sink,
  clock: Date,
  log,
});

async function useEmbedded(): Promise<ChangeCapture> {
  await takeSlotFromDebezium(shared());
  const capture = startChangeCapture(shared());
  await capture.streaming;
  return capture;
}

async function useDebezium(): Promise<ChangeCapture> {
  const capture = startDebeziumCapture({
    ...shared(),
    connectUrl: connectUrl(),
    connector: PREFIX,
    eventLog,
  });
  await capture.streaming;
  return capture;
}

/** Each change is told in the journal by the same transaction: Postgres keeps the list of what was committed. */
async function write(seed: number, signal: AbortSignal): Promise<void> {
  const random = seededRandom(seed);
  const session = await connectTo(postgres.url);
  while (!signal.aborted) {
    await session.query('BEGIN');
    const changes = random.chance(0.01) ? LARGE : random.integer(1, 6);
    if (changes > 6) {
      await session.query(
        `INSERT INTO journal (what) SELECT 'large ' || n FROM generate_series(1, $1::int) n`,
        [changes],
      );
    } else {
      // Within a transaction one row changes several times; rows are taken in order, so that writers do not lock each other up.
      const ids = Array.from({ length: changes }, () => random.integer(1, ACCOUNTS)).sort((a, b) => a - b);
      for (const id of ids) {
        await session.query(changeOf(random.next(), id));
        await session.query(`INSERT INTO journal (what) VALUES ('account ${id}')`);
      }
    }
    await session.query(random.chance(0.1) ? 'ROLLBACK' : 'COMMIT');
    await sleep(20);
  }
  await session.end();
}

function changeOf(chance: number, id: number): string {
  if (chance < 0.1) return `DELETE FROM account WHERE id = ${id}`;
  if (chance < 0.3)
    return `INSERT INTO account VALUES (${id}, 1, 'again') ON CONFLICT (id) DO UPDATE SET balance = account.balance + 1`;
  return `UPDATE account SET balance = balance + 1, note = 'u' || balance WHERE id = ${id}`;
}

async function killWalsender(): Promise<void> {
  await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'",
  );
}

function changesOf(table: string): readonly ChangeEvent[] {
  return reader.records
    .filter((record) => record.topic === topic(table))
    .flatMap((record) => {
      const read = readChange(record);
      expect(read.kind).not.toBe('malformed');
      return read.kind === 'change' ? [read.change] : [];
    });
}

describe('a slot that changes hands under load', () => {
  it('loses nothing, repeats nothing, and leaves the newest version of each row on top', async () => {
    const writing = new AbortController();
    const writers = Array.from({ length: WRITERS }, (_, seed) => write(seed, writing.signal));
    const owners = [useEmbedded, useDebezium, useEmbedded, useDebezium, useEmbedded];
    for (const [turn, take] of owners.entries()) {
      const capture = await take();
      await sleep(PHASE_MS);
      await killWalsender();
      await vi.waitFor(async () => {
        const { rows } = await client.query('SELECT FROM pg_replication_slots WHERE active');
        expect(rows).toHaveLength(1);
      }, WAIT);
      await sleep(PHASE_MS);
      if (turn === owners.length - 1) {
        writing.abort();
        await Promise.all(writers);
        await expectAllCaptured();
      }
      await capture.stop();
    }
    expect(problems).toEqual([]);
  }, 420_000);
});

async function expectAllCaptured(): Promise<void> {
  const { rows: journal } = await client.query<{ id: string }>('SELECT id FROM journal ORDER BY id');
  const wanted = journal.map(({ id }) => Number(id));
  await vi.waitFor(() => {
    const captured = new Set(changesOf('journal').map(({ after }) => after?.id));
    expect(wanted.filter((id) => !captured.has(id))).toEqual([]);
  }, WAIT);
  const journalIds = changesOf('journal').map(({ after }) => Number(after?.id));
  const newest = new Map<unknown, ChangeEvent>();
  let backwards = 0;
  for (const change of changesOf('account')) {
    const id = (change.after ?? change.before)?.id;
    const known = newest.get(id);
    if (known !== undefined && rowVersion(change) <= rowVersion(known)) backwards++;
    else newest.set(id, change);
  }
  const { rows: accounts } = await client.query('SELECT id, balance, note FROM account ORDER BY id');
  const folded = [...newest.values()].flatMap(({ after }) => (after === null ? [] : [after]));
  expect(folded.sort((a, b) => Number(a.id) - Number(b.id))).toEqual(accounts);
  console.info(
    `${journalIds.length} journal records of ${wanted.length} rows, ${journalIds.length - new Set(journalIds).size} repeated; ` +
      `${changesOf('account').length} account records, ${backwards} at or below a version already there`,
  );
  expect(journalIds.sort((a, b) => a - b)).toEqual(wanted);
  expect(backwards).toBe(0);
}
