import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeQueryEngine } from '../features/query-engine.contract.ts';
import { writeDataFiles } from '../lake/data-file-writer.ts';
import { batchOfRows } from '../lake/index.ts';
import { openDuckDbQueryEngine } from './duckdb-query-engine.ts';
import { viewStatement } from './duckdb-views.ts';
import { openFolderStore } from './fs-object-store.ts';

describeQueryEngine('DuckDB', async () => {
  // A quote and a space in the path must not end the list of files.
  const folder = await mkdtemp(join(tmpdir(), "duckdb isn't "));
  const objects = await openFolderStore(join(folder, 'lake'));
  const engine = await openDuckDbQueryEngine({ tempDir: join(folder, 'spill') });
  let files = 0;
  return {
    engine,
    store: async (schema, ...rowsOfFiles) => {
      const uris: string[] = [];
      for (const rows of rowsOfFiles) {
        files += 1;
        const { adds } = await writeDataFiles(objects, 'table', schema, [batchOfRows(schema, rows)], {
          now: () => 0,
          newId: () => `${files}`,
        });
        uris.push(...adds.map(({ path }) => objects.uri(`table/${path}`)));
      }
      return { schema, files: uris };
    },
    endlessStatement: 'SELECT sum(a.range * b.range) AS s FROM range(10000000) a, range(1000000) b',
    dispose: async () => {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});

describe('DuckDB view over lake files', () => {
  it('keeps quotes in names and files inside their quotes', () => {
    const schema = {
      type: 'struct' as const,
      fields: [{ name: 'a"b', type: 'long' as const, nullable: true, metadata: {} }],
    };
    expect(viewStatement('v"w', { schema, files: ["/it's.parquet"] })).toBe(
      'CREATE TEMP VIEW "v""w" AS SELECT "a""b"::BIGINT AS "a""b" FROM (SELECT NULL::BIGINT AS "a""b" WHERE false' +
        " UNION ALL BY NAME SELECT * FROM read_parquet(['/it''s.parquet'], union_by_name = true))",
    );
  });

  it('refuses a type that it would have to bend', () => {
    const elementType = 'float' as const;
    const type = { type: 'array' as const, elementType, containsNull: false };
    const schema = {
      type: 'struct' as const,
      fields: [{ name: 'features', type, nullable: true, metadata: {} }],
    };
    expect(() => viewStatement('v', { schema, files: [] })).toThrow(
      expect.objectContaining({ code: 'query_type_unsupported' }),
    );
  });
});
