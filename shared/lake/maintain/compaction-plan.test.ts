import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AddFile } from '../log/actions.ts';
import { FileSet } from '../log/file-set.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { field, schemaOf, schemaString } from '../schema/schema.ts';
import { planCompaction } from './compaction-plan.ts';

const SCHEMA = schemaOf(field('day', 'date'), field('id', 'long'));
const EVERYTHING = { targetFileBytes: 1_000, minInputFiles: 2, settledBefore: 1_000_000 };

function file(path: string, size: number, overrides: Partial<AddFile> = {}): AddFile {
  return { path, size, partitionValues: {}, modificationTime: 1, dataChange: true, ...overrides };
}

function snapshotOf(files: readonly AddFile[], partitionColumns: readonly string[] = []): Snapshot {
  const format = { provider: 'parquet', options: {} };
  return {
    path: 't',
    version: 1,
    protocol: { minReaderVersion: 1, minWriterVersion: 2 },
    metadata: { id: 'x', format, schemaString: schemaString(SCHEMA), partitionColumns, configuration: {} },
    schema: SCHEMA,
    files: FileSet.of(files),
    tombstones: new Map(),
    txns: new Map(),
    checkpointVersion: null,
  };
}

const namesOf = (bins: ReturnType<typeof planCompaction>) =>
  bins.map((bin) => bin.files.map(({ path }) => path));

describe('the plan of a compaction', () => {
  it('joins small files in the order of their times, up to the target', () => {
    const files = [6, 5, 4, 3, 2, 1].map((time) => file(`f${time}`, 300, { modificationTime: time }));
    expect(planCompaction(snapshotOf(files), EVERYTHING)).toEqual([
      { partitionValues: {}, files: [files[5], files[4], files[3]], bytes: 900 },
      { partitionValues: {}, files: [files[2], files[1], files[0]], bytes: 900 },
    ]);
  });

  it('leaves large files, files that are too young, and groups that are too few', () => {
    const young = file('young', 10, { modificationTime: 50 });
    const files = [file('large', 1_000), file('a', 10), file('b', 10), young];
    expect(namesOf(planCompaction(snapshotOf(files), { ...EVERYTHING, settledBefore: 50 }))).toEqual([
      ['a', 'b'],
    ]);
    expect(planCompaction(snapshotOf(files), { ...EVERYTHING, settledBefore: 50, minInputFiles: 3 })).toEqual(
      [],
    );
    expect(planCompaction(snapshotOf([]), EVERYTHING)).toEqual([]);
  });

  it('never joins files of different partitions, whatever the order of their keys', () => {
    const of = (path: string, day: string | null, id: string) =>
      file(path, 10, { partitionValues: path < 'c' ? { day, id } : { id, day } });
    const files = [
      of('a', '1', '1'),
      of('b', null, '1'),
      of('c', '1', '1'),
      of('d', null, '1'),
      of('e', 'null', '1'),
    ];
    expect(namesOf(planCompaction(snapshotOf(files, ['day', 'id']), EVERYTHING))).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });

  it('looks only at the partitions that are asked for', () => {
    const files = ['1', '2'].flatMap((day) =>
      ['a', 'b'].map((name) => file(`${name}${day}`, 10, { partitionValues: { day } })),
    );
    const where = (values: AddFile['partitionValues']) => values.day === '2';
    expect(namesOf(planCompaction(snapshotOf(files, ['day']), { ...EVERYTHING, where }))).toEqual([
      ['a2', 'b2'],
    ]);
  });

  it('takes up a larger file only where smaller ones weigh as much together', () => {
    const small = Array.from({ length: 9 }, (_, index) => file(`s${index}`, 10));
    expect(namesOf(planCompaction(snapshotOf([...small, file('grown', 91)]), EVERYTHING))).toEqual([
      small.map(({ path }) => path),
    ]);
    expect(namesOf(planCompaction(snapshotOf([...small, file('grown', 90)]), EVERYTHING))).toEqual([
      [...small.map(({ path }) => path), 'grown'],
    ]);
  });

  it('leaves few files when it is made again and again, and rewrites each byte few times', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 50, max: 150 }), { minLength: 200, maxLength: 400 }),
        (sizes) => {
          const request = { targetFileBytes: 1_000_000, minInputFiles: 4, settledBefore: 10_000 };
          let files: AddFile[] = [];
          let written = 0;
          let most = 0;
          for (const [time, size] of sizes.entries()) {
            files.push(file(`f${time}`, size, { modificationTime: time }));
            if (time % 10 !== 9) continue;
            for (const [bin, { files: joined, bytes }] of planCompaction(
              snapshotOf(files),
              request,
            ).entries()) {
              files = [
                ...files.filter((one) => !joined.includes(one)),
                file(`c${time}.${bin}`, bytes, { modificationTime: time }),
              ];
              written += bytes;
            }
            most = Math.max(most, files.length);
          }
          const total = sizes.reduce((sum, size) => sum + size, 0);
          expect(files.reduce((sum, { size }) => sum + size, 0)).toBe(total);
          expect(most).toBeLessThanOrEqual(request.minInputFiles * Math.ceil(Math.log2(total / 50)));
          expect(written).toBeLessThanOrEqual(total * Math.ceil(Math.log2(total / 50)));
        },
      ),
      { numRuns: 50 },
    );
  });
});
