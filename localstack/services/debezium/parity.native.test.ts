/** Debezium and the embedded capture read one database at once: their records are the same, byte for byte. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../shop/index.ts';
import { comparable, differences } from './comparable.fixture.ts';
import { DDL, randomStatement, SCHEMA, TABLES } from './random-workload.fixture.ts';
import { startTwoCaptures, type TwoCaptures } from './two-captures.fixture.ts';

/** Statements between two changes of a table's definition; with those, more than a thousand. */
const PART = 100;
/** One is enough for a build; while the encoders change, more find more. */
const SEEDS = ['one'] as const;
const GOLDEN = fileURLToPath(new URL('../../../../shared/data/debezium-golden', import.meta.url));

let captures: TwoCaptures | null = null;

afterEach(async () => {
  await captures?.close();
  captures = null;
});

describe('Debezium and the embedded capture write the same records', () => {
  it.each(SEEDS)('for a random workload, seed %s', async (seed) => {
    captures = await startTwoCaptures(SCHEMA, TABLES);
    const { client } = captures;
    const random = seededRandom(seed);
    expectSame(await captures.captured());
    let [executed, refused, records] = [0, 0, 0];
    for (const [part, ddl] of [...DDL, null].entries()) {
      while (executed < (part + 1) * PART) {
        const outcome = await client.query(randomStatement(random)).then(
          () => 'executed' as const,
          () => 'refused' as const,
        );
        if (outcome === 'executed') executed++;
        else {
          refused++;
          // A transaction goes on after no refusal but by starting anew.
          await client.query('ROLLBACK');
        }
      }
      await client.query('COMMIT');
      if (ddl !== null) await client.query(ddl);
      const captured = await captures.captured();
      records += captured.debezium.length;
      expectSame(captured);
    }
    console.info(
      `seed ${seed}: ${executed} statements executed, ${refused} refused, ${records} records equal`,
    );
    expect(records).toBeGreaterThan(executed);
  });

  // That the embedded capture's equal the recorded ones is shown by capture.golden.test.ts.
  it('for the recorded workload', async () => {
    captures = await startTwoCaptures(readFileSync(path.join(GOLDEN, 'schema.sql'), 'utf8'), [
      'orders',
      'order_items',
      'users',
      'products',
    ]);
    const { client } = captures;
    await client.query("SELECT setval('users_id_seq', 1), setval('products_id_seq', 1)");
    expectSame(await captures.captured());
    const steps: readonly { sql: readonly { text: string; values?: unknown[] }[]; events: number }[] =
      JSON.parse(readFileSync(path.join(GOLDEN, 'workload.json'), 'utf8'));
    for (const { sql, events } of steps) {
      for (const statement of sql) await client.query(statement);
      const captured = await captures.captured();
      expectSame(captured);
      expect(captured.debezium).toHaveLength(events);
    }
  });
});

function expectSame({ embedded, debezium }: Awaited<ReturnType<TwoCaptures['captured']>>): void {
  expect(differences(comparable(embedded), comparable(debezium))).toEqual([]);
}
