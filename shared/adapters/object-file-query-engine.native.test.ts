import { afterAll } from 'vitest';
import { runningService } from '../../localstack/services/native/running-services.ts';
import { describeQueryEngine } from '../features/query-engine.contract.ts';
import { describeQueryTables } from '../features/query-engine-tables.contract.ts';
import { openQueryFixture } from './duckdb-query-fixture.ts';
import { openS3ObjectStore } from './s3-object-store.ts';
import { testBuckets } from './s3-object-store-testing.ts';

const buckets = testBuckets(runningService('minio'));
afterAll(() => buckets.remove());

for (const describeContract of [describeQueryEngine, describeQueryTables]) {
  describeContract('DuckDB over objects in MinIO', async () => ({
    ...(await openQueryFixture(await openS3ObjectStore(await buckets.create("the shop's lake")))),
    endlessStatement: 'SELECT sum(a.range * b.range) AS s FROM range(10000000) a, range(1000000) b',
  }));
}
