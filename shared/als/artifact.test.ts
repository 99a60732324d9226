import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import { fitAls } from './als-wasm.ts';
import { type ArtifactFile, decodeModel, encodeModel } from './artifact.ts';
import { interactionMatrix } from './interaction-matrix.ts';
import { alsParameters } from './parameters.ts';

const model = await fitAls(
  interactionMatrix({
    users: Int32Array.of(5, 5, 2147483647, 17),
    items: Int32Array.of(1, 2, 2, 3),
    values: Float32Array.of(1, 2, 3, 1),
  }),
  alsParameters({ rank: 4, implicitPrefs: true, coldStartStrategy: 'drop' }),
);
const notes = {
  version: '2026-01-02T03-04-05Z',
  createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  lakeVersions: { 'features/user_item_interactions': 12 },
  metrics: { ndcgAt10: 0.3 },
  ranking: { weights: { personalRate: 1 } },
};
const files = encodeModel(model, notes);
const fileAt = (path: string): ArtifactFile => files.find((file) => file.path === path)!;

describe('encodeModel', () => {
  it('comes back as it was, with its notes', async () => {
    const decoded = await decodeModel([...files].reverse());
    expect(decoded.model).toEqual(model);
    expect(decoded.manifest).toMatchObject({
      format: 1,
      ...notes,
      createdAt: '2026-01-02T03:04:05.000Z',
      users: 3,
      items: 3,
    });
  });

  it('keeps attachments as they are, and notices when one is damaged', async () => {
    const attachment = { path: 'ranker/any.txt', bytes: new TextEncoder().encode('tree') };
    const attached = encodeModel(model, notes, [attachment]);
    const { attachments } = await decodeModel(attached);
    expect([...attachments]).toEqual([[attachment.path, attachment.bytes]]);
    expect(attached.at(-1)?.path).toBe('manifest.json');
    expect((await decodeModel(files)).attachments.size).toBe(0);
    const damaged = attached.map((file) =>
      file.path === attachment.path ? { ...file, bytes: new TextEncoder().encode('free') } : file,
    );
    await expect(decodeModel(damaged)).rejects.toThrow('ranker/any.txt does not have the checksum');
  });

  it("lies as Spark's ALSModel reader expects it", () => {
    expect(files.map((file) => file.path)).toEqual([
      'metadata/part-00000',
      'userFactors/part-00000.snappy.parquet',
      'itemFactors/part-00000.snappy.parquet',
      'metadata/_SUCCESS',
      'userFactors/_SUCCESS',
      'itemFactors/_SUCCESS',
      'manifest.json',
    ]);
    const [line, ...rest] = new TextDecoder().decode(fileAt('metadata/part-00000').bytes).split('\n');
    expect(rest).toEqual(['']);
    expect(JSON.parse(line!)).toEqual({
      class: 'org.apache.spark.ml.recommendation.ALSModel',
      timestamp: notes.createdAt,
      sparkVersion: '3.5.0',
      uid: expect.stringMatching(/^als_[0-9a-f]{12}$/),
      paramMap: { userCol: 'user_id', itemCol: 'product_id', coldStartStrategy: 'drop' },
      defaultParamMap: {
        userCol: 'user',
        itemCol: 'item',
        predictionCol: 'prediction',
        coldStartStrategy: 'nan',
        blockSize: 4096,
      },
      rank: 4,
    });
  });

  it('is read by DuckDB with the types and values that it should have', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'als-artifact-'));
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    try {
      const path = join(folder, 'users.parquet');
      await writeFile(path, fileAt('userFactors/part-00000.snappy.parquet').bytes);
      const read = await duckdb.runAndReadAll(
        `select typeof(id), typeof(features), id, features::json::varchar from read_parquet('${path}') order by id`,
      );
      expect(
        read
          .getRows()
          .map(([idType, featuresType, id, features]) => [
            idType,
            featuresType,
            id,
            floats(String(features)),
          ]),
      ).toEqual(
        [...model.userIds].map((id, row) => [
          'INTEGER',
          'FLOAT[]',
          id,
          [...model.userFactors.subarray(row * 4, row * 4 + 4)],
        ]),
      );
    } finally {
      duckdb.closeSync();
      await rm(folder, { recursive: true });
    }
  });
});

describe('decodeModel', () => {
  it.each([
    [
      'a file that changed',
      (file: ArtifactFile) =>
        file.path.startsWith('itemFactors/part') ? { ...file, bytes: file.bytes.slice(1) } : file,
      'checksum',
    ],
    [
      'a missing file',
      (file: ArtifactFile) => (file.path === 'userFactors/_SUCCESS' ? { ...file, path: 'x' } : file),
      'userFactors/_SUCCESS is missing',
    ],
    [
      'a missing manifest',
      (file: ArtifactFile) => (file.path === 'manifest.json' ? { ...file, path: 'x' } : file),
      'manifest.json is missing',
    ],
    ['another format', (file: ArtifactFile) => replaced(file, '"format": 1', '"format": 2'), 'has format 2'],
    ['no JSON', (file: ArtifactFile) => replaced(file, '{', ''), 'is no JSON'],
    [
      'a wrong count',
      (file: ArtifactFile) => replaced(file, '"users": 3', '"users": 4'),
      'the manifest says 4 and 3',
    ],
  ])('refuses %s', async (_, change, message) => {
    await expect(decodeModel(files.map(change))).rejects.toMatchObject({
      code: 'model_artifact',
      message: expect.stringContaining(message),
    });
  });
});

function replaced(file: ArtifactFile, from: string, to: string): ArtifactFile {
  if (file.path !== 'manifest.json') return file;
  return { ...file, bytes: new TextEncoder().encode(new TextDecoder().decode(file.bytes).replace(from, to)) };
}

/** JSON text of float32 numbers, rounded back to them. */
function floats(json: string): number[] {
  return (JSON.parse(json) as number[]).map(Math.fround);
}
