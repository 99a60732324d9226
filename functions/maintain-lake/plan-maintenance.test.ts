import { describe, expect, it } from 'vitest';
import { type AddFile, FileSet, field, type Snapshot, schemaOf } from '../../shared/lake/index.ts';
import { planMaintenance, SWEEP_EVERY_MS } from './plan-maintenance.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

function small(path: string, ageMs: number, size = 1_000): AddFile {
  return { path, size, partitionValues: {}, modificationTime: NOW - ageMs, dataChange: true };
}

function snapshotOf(
  files: readonly AddFile[],
  configuration: Readonly<Record<string, string>> = {},
): Snapshot {
  return {
    path: 'raw/orders',
    version: 120,
    protocol: { minReaderVersion: 1, minWriterVersion: 2 },
    metadata: {
      id: 'id',
      format: { provider: 'parquet', options: {} },
      schemaString: '',
      partitionColumns: [],
      configuration,
    },
    schema: schemaOf(field('id', 'long')),
    files: FileSet.of(files),
    tombstones: new Map(),
    txns: new Map(),
    checkpointVersion: 115,
  };
}

const CATALOGUE = {
  configuration: { 'delta.logRetentionDuration': 'interval 6 hours', 'delta.checkpointInterval': '50' },
};
const closed = Array.from({ length: 8 }, (_, index) => small(`part-${index}`, (20 - index) * MINUTE));

describe('the plan of a table', () => {
  it('joins closed small files, sets what the table does not say, and sweeps what was never swept', () => {
    const snapshot = snapshotOf([...closed, small('young', 1_000)], { 'delta.checkpointInterval': '10' });
    expect(planMaintenance(CATALOGUE, snapshot, { now: NOW, sweptAt: null })).toEqual({
      version: 120,
      setProperties: { 'delta.logRetentionDuration': 'interval 6 hours' },
      targetFileBytes: 64 * 2 ** 20,
      joins: [{ partitionValues: {}, files: closed, bytes: 8_000 }],
      checkpoint: false,
      sweep: true,
    });
  });

  it('is nothing for a table in order', () => {
    const snapshot = snapshotOf(closed.slice(1), CATALOGUE.configuration);
    expect(planMaintenance(CATALOGUE, snapshot, { now: NOW, sweptAt: NOW - MINUTE })).toEqual({
      version: 120,
      setProperties: {},
      targetFileBytes: 64 * 2 ** 20,
      joins: [],
      checkpoint: false,
      sweep: false,
    });
  });

  it('writes a checkpoint that its writers have missed', () => {
    const snapshot = { ...snapshotOf([], CATALOGUE.configuration), checkpointVersion: 70 };
    expect(planMaintenance(CATALOGUE, snapshot, { now: NOW, sweptAt: NOW }).checkpoint).toBe(true);
  });

  it('sweeps once an hour', () => {
    const at = (sweptAt: number) => planMaintenance(CATALOGUE, snapshotOf([]), { now: NOW, sweptAt }).sweep;
    expect([at(NOW - SWEEP_EVERY_MS + 1), at(NOW - SWEEP_EVERY_MS)]).toEqual([false, true]);
  });

  it.each([
    ['4000', 4_000],
    ['99999999999', 64 * 2 ** 20],
  ])('keeps to the size of files that the table asks for: %s', (targetFileSize, bytes) => {
    const snapshot = snapshotOf(closed, { 'delta.targetFileSize': targetFileSize });
    expect(planMaintenance(CATALOGUE, snapshot, { now: NOW, sweptAt: NOW }).targetFileBytes).toBe(bytes);
  });
});
