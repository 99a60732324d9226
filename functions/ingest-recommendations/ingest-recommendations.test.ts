import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openQueryFixture } from '../../shared/adapters/duckdb-query-fixture.ts';
import {
  BEHAVIOUR_TOPIC,
  encodeBehaviourEvent,
  epochMillis,
  productId,
  type RecommendationServed,
  userId,
} from '../../shared/domain/index.ts';
import type { KafkaRecord } from '../../shared/kafka/index.ts';
import { batchOfRows } from '../../shared/lake/index.ts';
import { pinnedTable, RECOMMENDATIONS } from '../../shared/tables/index.ts';
import { memoryLake } from '../../shared/testing/memory-lake.ts';
import { ingestRecommendations } from './ingest-recommendations.ts';

const AT = epochMillis(Date.UTC(2026, 10, 23));

/** An answer with one item for each position given. */
function served(number: number, ...products: number[]): RecommendationServed {
  return {
    type: 'served',
    recommendationId: `answer-${number}`,
    userId: userId(42),
    generatedAt: AT,
    shelf: 'for-you',
    about: [],
    fallback: null,
    modelVersion: 'v1',
    featureSet: null,
    items: products.map((id) => ({
      productId: productId(id),
      score: id / 4,
      source: 'als',
      reason: `reason ${id}`,
      features: null,
    })),
  };
}

function record(offset: number, value: Uint8Array | null, partition = 0): KafkaRecord {
  return {
    topic: BEHAVIOUR_TOPIC,
    partition,
    offset,
    timestamp: AT,
    key: Buffer.from('42'),
    value,
    headers: [],
  };
}

function answers(count: number): KafkaRecord[] {
  return Array.from({ length: count }, (_, i) => record(i, encodeBehaviourEvent(served(i, 7, 8))));
}

function ingestInto(lake: ReturnType<typeof memoryLake>, eventLogIncarnation = 'log-1') {
  return (records: readonly KafkaRecord[]) =>
    ingestRecommendations(records, {
      lakeTable: lake.table,
      eventLog: { append: async () => [] },
      eventLogIncarnation,
      now: () => AT,
    });
}

describe('ingestRecommendations', () => {
  it('writes one row an item, in the order in which they were shown', async () => {
    const lake = memoryLake();
    const report = await ingestInto(lake)([record(0, encodeBehaviourEvent(served(1, 17, 5)))]);
    expect(report).toEqual({ recommendations: 1, quarantined: 0 });
    const shared = {
      recommendation_id: 'answer-1',
      user_id: 42,
      generated_at: BigInt(AT) * 1000n,
      shelf: 'for-you',
      fallback: null,
      model_version: 'v1',
      source: 'als',
      about: [],
      feature_set: null,
      features: null,
    };
    expect(await lake.rows('serving/recommendations')).toEqual([
      { ...shared, position: 1, product_id: 17, score: 4.25, reason: 'reason 17' },
      { ...shared, position: 2, product_id: 5, score: 1.25, reason: 'reason 5' },
    ]);
  });

  it('writes by what each item was ranked, and for whom or what the list is', async () => {
    const lake = memoryLake();
    const [first, second] = served(1, 17, 5).items;
    const features = Float32Array.of(0.1, Number.NaN, 3);
    await ingestInto(lake)([
      record(
        0,
        encodeBehaviourEvent({
          ...served(1),
          userId: null,
          shelf: 'similar',
          about: [productId(9)],
          featureSet: 'set-1',
          items: [{ ...first!, features }, second!],
        }),
      ),
    ]);
    const shared = { user_id: null, shelf: 'similar', about: [9] };
    expect(await lake.rows('serving/recommendations')).toMatchObject([
      { ...shared, feature_set: 'set-1', features: [Math.fround(0.1), null, 3] },
      { ...shared, feature_set: null, features: null },
    ]);
  });

  it('goes on with a table that was made before there were features, and SQL reads both', async () => {
    const fixture = await openQueryFixture();
    try {
      const { name, schema } = RECOMMENDATIONS;
      const later = new Set(['about', 'feature_set', 'features']);
      const older = { ...schema, fields: schema.fields.filter((column) => !later.has(column.name)) };
      const table = fixture.lakeTable(name);
      await table.append({
        schema: older,
        batches: [batchOfRows(older, [{ recommendation_id: 'older', position: 1 }])],
      });
      const [item] = served(1, 17).items;
      const features = Float32Array.of(0.1, Number.NaN);
      const event = { ...served(1), featureSet: 'set-1', items: [{ ...item!, features }] };
      await ingestRecommendations([record(0, encodeBehaviourEvent(event))], {
        lakeTable: fixture.lakeTable,
        eventLog: { append: async () => [] },
        eventLogIncarnation: 'log-1',
        now: () => AT,
      });
      const stored = await pinnedTable(RECOMMENDATIONS, await table.snapshot(), fixture.objectStore);
      const sql = `SELECT recommendation_id, about, feature_set, features, features[1] AS first
                   FROM served ORDER BY recommendation_id`;
      expect(await fixture.rows(fixture.engine.query(sql, { tables: { served: stored } }))).toEqual([
        {
          recommendation_id: 'answer-1',
          about: [],
          feature_set: 'set-1',
          features: [Math.fround(0.1), null],
          first: Math.fround(0.1),
        },
        { recommendation_id: 'older', about: null, feature_set: null, features: null, first: null },
      ]);
    } finally {
      await fixture.dispose();
    }
  });

  it('takes an answer without items for done, and no row', async () => {
    const lake = memoryLake();
    expect(await ingestInto(lake)([record(0, encodeBehaviourEvent(served(1)))])).toMatchObject({
      recommendations: 1,
    });
    expect(await lake.rows('serving/recommendations')).toEqual([]);
    expect(await ingestInto(lake)([record(0, encodeBehaviourEvent(served(1)))])).toMatchObject({
      recommendations: 0,
    });
  });

  it('quarantines what is no answer, with its bytes, and goes on', async () => {
    const lake = memoryLake();
    const wrongItem = JSON.stringify({ v: 1, ...served(2), items: [{ productId: 0 }] });
    const batch = [
      record(0, encodeBehaviourEvent(served(0, 7))),
      record(1, Buffer.from('{"v":1')),
      record(2, null),
      record(3, Buffer.from(wrongItem)),
      record(4, encodeBehaviourEvent(served(4, 8))),
    ];
    expect(await ingestInto(lake)(batch)).toEqual({ recommendations: 2, quarantined: 3 });
    expect(await ingestInto(lake)(batch)).toEqual({ recommendations: 0, quarantined: 0 });
    const kept = await lake.rows('quarantine/records');
    expect(kept).toMatchObject([
      {
        topic: BEHAVIOUR_TOPIC,
        offset: 1n,
        function: 'ingest-recommendations',
        reason: 'the value is not JSON',
      },
      { offset: 2n, value: null, reason: 'a recommendation event has a value' },
      { offset: 3n, reason: 'items must be a list of {productId, score, source, reason, features}' },
    ]);
    expect(Buffer.from(kept[0]?.value as Uint8Array).toString()).toBe('{"v":1');
    const rows = await lake.rows('serving/recommendations');
    expect(rows.map((row) => row.recommendation_id)).toEqual(['answer-0', 'answer-4']);
  });

  it('writes every answer once, however the log redelivers and regroups', async () => {
    const records = answers(20);
    const delivery = fc.tuple(fc.nat(19), fc.integer({ min: 1, max: 20 }));
    await fc.assert(
      fc.asyncProperty(fc.array(delivery, { minLength: 1, maxLength: 6 }), async (deliveries) => {
        const lake = memoryLake();
        // A consumer may start again from any committed offset, yet never skips forward.
        let reached = 0;
        for (const [from, length] of deliveries) {
          const start = Math.min(from, reached);
          const batch = records.slice(start, start + length);
          await ingestInto(lake)(batch);
          reached = Math.max(reached, start + batch.length);
        }
        const expected = records.slice(0, reached).flatMap((_, i) => [`answer-${i}`, `answer-${i}`]);
        const rows = await lake.rows('serving/recommendations');
        expect(rows.map((row) => row.recommendation_id)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('counts each partition for itself, and starts over with a log that was made anew', async () => {
    const lake = memoryLake();
    const [first] = answers(1) as [KafkaRecord];
    const other = record(0, encodeBehaviourEvent(served(9, 7)), 1);
    expect(await ingestInto(lake)([first, other])).toMatchObject({ recommendations: 2 });
    expect(await ingestInto(lake, 'log-2')([first])).toMatchObject({ recommendations: 1 });
  });
});
