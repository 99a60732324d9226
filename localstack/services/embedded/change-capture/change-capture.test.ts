import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseLsn, readChange } from '../../../../shared/cdc/index.ts';
import type { ChangeEvent } from '../../../../shared/domain/index.ts';
import { freePort } from '../../free-port.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../postgres/index.ts';
import { decodePosition } from './capture-position.ts';
import { type ChangeCapture, startChangeCapture } from './change-capture.ts';
import { identities, MemorySink } from './memory-sink.fixture.ts';

let folder: string;
let postgres: EmbeddedPostgres;
let client: pg.Client;
let other: pg.Client;
let sink: MemorySink;
let captures: ChangeCapture[];
let log: string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'capture-'));
  postgres = await startEmbeddedPostgres({
    dataDir: folder,
    port: await freePort(0),
    log: { log: () => {} },
  });
  client = await connect();
  other = await connect();
});

afterAll(async () => {
  await client.end();
  await other.end();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  sink = new MemorySink();
  captures = [];
  log = [];
  await client.query(`
    CREATE TABLE shelf (id int PRIMARY KEY, name text);
    CREATE TABLE item (id int PRIMARY KEY, shelf_id int REFERENCES shelf, note text);
    CREATE TABLE elsewhere (id int);
    ALTER TABLE shelf REPLICA IDENTITY FULL;
    ALTER TABLE item REPLICA IDENTITY FULL;
    CREATE PUBLICATION shop_publication FOR TABLE shelf, item`);
});

afterEach(async () => {
  sink.release();
  await Promise.all(captures.map((capture) => capture.stop()));
  await client.query('ROLLBACK');
  await other.query('ROLLBACK');
  await vi.waitFor(
    () => client.query("SELECT pg_drop_replication_slot('shop_slot') FROM pg_replication_slots"),
    WAIT,
  );
  await client.query('DROP PUBLICATION IF EXISTS shop_publication');
  await client.query('DROP TABLE item, shelf, elsewhere');
});

const WAIT = { timeout: 20_000, interval: 5 };

async function connect(): Promise<pg.Client> {
  const session = new pg.Client(postgres.url);
  await session.connect();
  return session;
}

async function start(options: { readonly ready?: boolean } = {}): Promise<ChangeCapture> {
  const capture = startChangeCapture({
    databaseUrl: postgres.url,
    sink,
    clock: Date,
    log: { log: (level, message) => log.push(`${level}: ${message}`) },
  });
  captures.push(capture);
  if (options.ready !== false) {
    await capture.streaming;
  }
  return capture;
}

function changes(): ChangeEvent[] {
  return sink.records.flatMap((record) => {
    const read = readChange({ key: record.key, value: record.value, headers: record.headers ?? [] });
    expect(read.kind).not.toBe('malformed');
    return read.kind === 'change' ? [read.change] : [];
  });
}

/** Ids of the captured rows of a table, in the order of the sink. */
function ids(table: string): unknown[] {
  return changes()
    .filter((change) => change.table === table)
    .map((change) => (change.after ?? change.before)?.id);
}

async function untilCaptured(table: string, expected: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(ids(table)).toEqual(expected), WAIT);
}

function expectNoneTwice(): void {
  const found = identities(sink.records);
  expect(new Set(found).size).toBe(found.length);
}

async function confirmedFlush(): Promise<bigint> {
  const { rows } = await client.query<{ lsn: string }>(
    "SELECT confirmed_flush_lsn AS lsn FROM pg_replication_slots WHERE slot_name = 'shop_slot'",
  );
  return parseLsn(rows[0]!.lsn);
}

async function untilWalsenderWaitsFor(xid: string): Promise<void> {
  await vi.waitFor(async () => {
    const { rowCount } = await client.query(
      `SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE a.backend_type = 'walsender' AND NOT l.granted AND l.transactionid::text = $1`,
      [xid],
    );
    expect(rowCount).toBe(1);
  }, WAIT);
}

async function killWalsender(): Promise<void> {
  await other.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'",
  );
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

async function insertItems(from: number, to: number, session = client): Promise<void> {
  await session.query("INSERT INTO item SELECT n, NULL, 'n' || n FROM generate_series($1::int, $2::int) n", [
    from,
    to,
  ]);
}

describe('snapshot', () => {
  it('reads every row once, parents first and in key order, marked as Debezium marks them', async () => {
    await client.query("INSERT INTO shelf VALUES (2, 'b'), (1, 'a'), (3, 'c')");
    await insertItems(1, 9000);
    const capture = await start();
    expect(capture.status().snapshot).toEqual({ rows: 9003, total: 9003 });
    await insertItems(9001, 9001);
    await untilCaptured('item', range(1, 9001));

    expect(ids('shelf')).toEqual([1, 2, 3]);
    expect(changes().map(({ op }) => op)).toEqual([...Array(9003).fill('r'), 'c']);
    const marks = sink.records.map(
      (record) => JSON.parse(Buffer.from(record.value ?? []).toString()).source.snapshot,
    );
    expect(marks.slice(0, 5)).toEqual([
      'first',
      'true',
      'last_in_data_collection',
      'first_in_data_collection',
      'true',
    ]);
    expect(marks.slice(-3)).toEqual(['true', 'last', null]);
    expectNoneTwice();
  });

  it('orders its rows below every change that is streamed, also one older than the consistent point', async () => {
    // Postgres finds the consistent point in steps, waiting for older transactions; C begins before it and ends after.
    const [sessionB, sessionC] = [await connect(), await connect()];
    await insertItems(1, 3);
    const begin = async (session: pg.Client, id: number) => {
      await session.query('BEGIN');
      await session.query("UPDATE item SET note = 'later' WHERE id = $1", [id]);
      const { rows } = await session.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
      return rows[0]!.xid;
    };
    const xidA = await begin(other, 1);
    const capture = await start({ ready: false });
    await untilWalsenderWaitsFor(xidA);
    const xidB = await begin(sessionB, 2);
    await other.query('COMMIT');
    await untilWalsenderWaitsFor(xidB);
    await begin(sessionC, 3);
    await sessionB.query('COMMIT');
    await capture.streaming;
    await sessionC.query('COMMIT');
    await insertItems(4, 4);
    await untilCaptured('item', [1, 2, 3, 3, 4]);
    await Promise.all([sessionB.end(), sessionC.end()]);

    expect(changes().map(({ op, after }) => [op, after?.id, after?.note])).toEqual([
      ['r', 1, 'later'],
      ['r', 2, 'later'],
      ['r', 3, 'n3'],
      ['u', 3, 'later'],
      ['c', 4, 'n4'],
    ]);
    const [read, , , streamed] = changes();
    expect(streamed!.lsn).toBeGreaterThan(read!.lsn);
  });

  it('starts whole again when it was stopped half-way', async () => {
    await insertItems(1, 20_000);
    sink.hold();
    const capture = await start({ ready: false });
    await vi.waitFor(() => expect(capture.status().phase).toBe('snapshot'), WAIT);
    const stopped = capture.stop();
    sink.release();
    await stopped;
    const partial = sink.records.length;
    expect(partial).toBeLessThan(20_000);

    await start();
    const whole = ids('item').slice(partial);
    expect(whole).toEqual(range(1, 20_000));
  });

  it('is taken afresh, with an error in the log, when the slot is gone', async () => {
    const capture = await start();
    await insertItems(1, 2);
    await untilCaptured('item', [1, 2]);
    await capture.stop();
    await vi.waitFor(() => client.query("SELECT pg_drop_replication_slot('shop_slot')"), WAIT);
    await client.query('DELETE FROM item WHERE id = 1');

    await start();
    expect(log).toContain('error: change capture reads all rows afresh: the slot is gone');
    expect(changes().at(-1)).toMatchObject({ op: 'r', after: { id: 2 } });
    expect(changes().at(-1)!.lsn > changes().at(-2)!.lsn).toBe(true);
  });

  it('is taken afresh when the slot was made anew behind our back', async () => {
    const capture = await start();
    await insertItems(1, 1);
    await untilCaptured('item', [1]);
    await capture.stop();
    await vi.waitFor(() => client.query("SELECT pg_drop_replication_slot('shop_slot')"), WAIT);
    await insertItems(2, 2);
    await client.query("SELECT pg_create_logical_replication_slot('shop_slot', 'pgoutput')");

    await start();
    expect(
      log.some((line) => line.startsWith('error: change capture reads all rows afresh: the slot stands at')),
    ).toBe(true);
    expect(ids('item')).toEqual([1, 1, 2]);
  });
});

describe('resuming', () => {
  it('reads all rows afresh when the publication was made anew, as changes in between were not published', async () => {
    const capture = await start();
    await insertItems(1, 1);
    await untilCaptured('item', [1]);
    await capture.stop();
    await client.query('DROP PUBLICATION shop_publication');
    await insertItems(2, 2);
    await client.query('CREATE PUBLICATION shop_publication FOR TABLE shelf, item');

    await start();
    expect(log).toContain('error: change capture reads all rows afresh: the publication was made anew');
    expect(ids('item')).toEqual([1, 1, 2]);
  });

  it('refuses to mix the changes of two databases', async () => {
    const first = await start();
    await insertItems(1, 1);
    await untilCaptured('item', [1]);
    await first.stop();
    const position = JSON.parse(sink.positions.at(-1)!);
    position.source.systemId = '1';
    sink.positions.push(JSON.stringify(position));

    const second = await start({ ready: false });
    await expect(second.streaming).rejects.toMatchObject({ code: 'other_database' });
    expect(second.status().phase).toBe('refused');
    expect(sink.records).toHaveLength(1);
  });

  it('loses nothing and repeats nothing when the connection is killed under load', async () => {
    const capture = await start();
    for (let round = 0; round < 10; round++) {
      const writes = [insertItems(round * 100 + 1, round * 100 + 50)];
      if (round % 3 === 1) {
        writes.push(killWalsender());
      }
      writes.push(insertItems(round * 100 + 51, round * 100 + 100));
      await Promise.all(writes);
    }
    await untilCaptured('item', range(1, 1000));
    expect(capture.status().lastError).toBeNull();
    expect(log.some((line) => line.startsWith('warn: change capture reconnects'))).toBe(true);
    expectNoneTwice();
  });

  it('goes on where it stopped, with a transaction open over the stop', async () => {
    const first = await start();
    await other.query('BEGIN');
    await insertItems(1, 5, other);
    await insertItems(100, 101);
    await untilCaptured('item', [100, 101]);
    await first.stop();
    await insertItems(102, 102);
    await other.query('COMMIT');
    await insertItems(103, 103);

    await start();
    await untilCaptured('item', [100, 101, 102, 1, 2, 3, 4, 5, 103]);
    expectNoneTwice();
  });

  it('stores a transaction again whole that was not durable when the connection went', async () => {
    await start();
    sink.hold();
    await insertItems(1, 20);
    await killWalsender();
    sink.release();
    await insertItems(21, 21);
    await untilCaptured('item', range(1, 21));
    expectNoneTwice();
  });

  it('keeps apart transactions that commit at the same time', async () => {
    const capture = await start();
    const sessions = await Promise.all(Array.from({ length: 6 }, connect));
    const expected = new Set<number>();
    await Promise.all(
      sessions.map(async (session, index) => {
        for (let n = 0; n < 40; n++) {
          const id = index * 1000 + n * 2;
          expected.add(id).add(id + 1);
          await insertItems(id, id + 1, session);
          if (index === 0 && n % 10 === 5) {
            await killWalsender();
          }
        }
      }),
    );
    await Promise.all(sessions.map((session) => session.end()));
    await vi.waitFor(() => expect(ids('item')).toHaveLength(expected.size), WAIT);
    expect(new Set(ids('item'))).toEqual(expected);
    expectNoneTwice();
    expect(capture.status().phase).toBe('streaming');
  });

  it('counts the rows of one statement apart, in the order of the transaction', async () => {
    await start();
    await client.query(
      "BEGIN; INSERT INTO shelf VALUES (1, 'a'), (2, 'b'); UPDATE shelf SET id = 9 WHERE id = 1; COMMIT",
    );
    await vi.waitFor(() => expect(changes()).toHaveLength(4), WAIT);
    expect(changes().map(({ op, txIndex }) => [op, txIndex])).toEqual([
      ['c', 0],
      ['c', 1],
      ['d', 2],
      ['c', 3],
    ]);
    expect(new Set(changes().map(({ commitLsn }) => commitLsn)).size).toBe(1);
  });

  it('takes a large transaction in parts without repeating one after a lost connection', async () => {
    await start();
    const appendsBefore = sink.positions.length;
    await Promise.all([
      insertItems(1, 60_000),
      vi.waitFor(() => expect(sink.records.length).toBeGreaterThan(0), WAIT).then(killWalsender),
    ]);
    await vi.waitFor(() => expect(sink.records).toHaveLength(60_000), WAIT);
    expect(sink.positions.length - appendsBefore).toBeGreaterThan(1);
    expect(new Set(ids('item')).size).toBe(60_000);
    expectNoneTwice();
  });
});

describe('acknowledging', () => {
  it('never goes past what the sink holds', async () => {
    await start();
    await insertItems(1, 1);
    await untilCaptured('item', [1]);
    sink.hold();
    await insertItems(2, 2);
    const { rows } = await client.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn() AS lsn');
    const afterSecond = parseLsn(rows[0]!.lsn);
    // Ask for a status: the server does when others write.
    await client.query('INSERT INTO elsewhere SELECT generate_series(1, 1000)');
    await killWalsender();
    expect(await confirmedFlush()).toBeLessThan(afterSecond);

    sink.release();
    await untilCaptured('item', [1, 2]);
    await vi.waitFor(async () => expect(await confirmedFlush()).toBeGreaterThan(afterSecond), WAIT);
    const stored = decodePosition(sink.positions.at(-1)!);
    expect(await confirmedFlush()).toBeLessThanOrEqual(stored.safeLsn);
  });

  it('moves on while only unpublished tables change, so that the log does not grow', async () => {
    await start();
    await client.query('INSERT INTO elsewhere SELECT generate_series(1, 10000)');
    const { rows } = await client.query<{ lsn: string }>('SELECT pg_current_wal_lsn() AS lsn');
    const written = parseLsn(rows[0]!.lsn);
    await vi.waitFor(async () => expect(await confirmedFlush()).toBeGreaterThanOrEqual(written), WAIT);
    expect(sink.records).toEqual([]);
    expect(decodePosition(sink.positions.at(-1)!).safeLsn).toBeGreaterThanOrEqual(await confirmedFlush());
  });
});

describe('trouble', () => {
  it('names a missing publication and starts once it is there', async () => {
    await client.query('DROP PUBLICATION shop_publication');
    const capture = await start({ ready: false });
    await vi.waitFor(() => expect(capture.status().lastError).toContain('there is no publication'), WAIT);
    await client.query('CREATE PUBLICATION shop_publication FOR TABLE shelf, item');
    await capture.streaming;
    await insertItems(1, 1);
    await untilCaptured('item', [1]);
  });

  it('follows a table that gains and loses columns', async () => {
    await start();
    await insertItems(1, 1);
    await client.query('ALTER TABLE item ADD COLUMN price numeric(6,2) DEFAULT 1, DROP COLUMN note');
    await client.query('INSERT INTO item VALUES (2, NULL, 2.5)');
    await untilCaptured('item', [1, 2]);
    expect(changes().map(({ after }) => after)).toEqual([
      { id: 1, shelf_id: null, note: 'n1' },
      { id: 2, shelf_id: null, price: '2.50' },
    ]);
  });

  it('tries again after the sink failed, without a gap', async () => {
    const capture = await start();
    const append = sink.append.bind(sink);
    let failures = 2;
    sink.append = async (records, position) => {
      if (records.length > 0 && failures-- > 0) {
        throw new Error('disk full');
      }
      await append(records, position);
    };
    await insertItems(1, 3);
    await untilCaptured('item', [1, 2, 3]);
    expectNoneTwice();
    expect(capture.status().lastError).toBeNull();
    expect(log.filter((line) => line.startsWith('warn'))).toHaveLength(2);
  });
});
