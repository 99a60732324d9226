import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { commitPath } from '../../shared/lake/index.ts';
import { BENCH_ORDERS } from './lake-orders.ts';

export interface LogShape {
  readonly commits: number;
  readonly filesPerCommit: number;
}

/** A table that is a log alone: every commit adds files with statistics, as a writer of order streams leaves it. */
export async function writeLog(root: string, table: string, shape: LogShape): Promise<void> {
  await mkdir(dirname(join(root, commitPath(table, 0))), { recursive: true });
  for (let version = 0; version < shape.commits; version += 1) {
    const adds = Array.from({ length: shape.filesPerCommit }, (_, i) =>
      addAction(version * shape.filesPerCommit + i),
    );
    const actions = [commitInfo(version, shape), ...(version === 0 ? tableActions() : []), ...adds];
    const lines = actions.map((action) => `${JSON.stringify(action)}\n`).join('');
    await writeFile(join(root, commitPath(table, version)), lines);
  }
}

function tableActions(): readonly object[] {
  return [
    { protocol: { minReaderVersion: 1, minWriterVersion: 2 } },
    {
      metaData: {
        id: '5f3a6c1e-0000-4000-8000-000000000001',
        format: { provider: 'parquet', options: {} },
        schemaString: JSON.stringify(BENCH_ORDERS),
        partitionColumns: [],
        configuration: {},
        createdTime: 1_767_225_600_000,
      },
    },
  ];
}

function commitInfo(version: number, { filesPerCommit }: LogShape): object {
  return {
    commitInfo: {
      timestamp: 1_767_225_600_000 + version,
      operation: 'WRITE',
      operationParameters: { mode: 'Append', partitionBy: '[]' },
      isBlindAppend: true,
      operationMetrics: { numFiles: `${filesPerCommit}`, numOutputRows: `${1000 * filesPerCommit}` },
    },
  };
}

function addAction(file: number): object {
  const from = file * 1000;
  const day = new Date(1_767_225_600_000 + from * 1000).toISOString();
  const stats = {
    numRecords: 1000,
    minValues: {
      order_id: from,
      user_id: 3,
      amount: 0.01,
      status: 'cancelled',
      placed_at: day,
      note: `order ${from}`,
    },
    maxValues: {
      order_id: from + 999,
      user_id: 49_997,
      amount: 999.99,
      status: 'shipped',
      placed_at: day,
      note: `order ${from + 999}`,
    },
    nullCount: { order_id: 0, user_id: 0, amount: 0, status: 0, placed_at: 0, note: 333 },
  };
  return {
    add: {
      path: `part-${file.toString(16).padStart(8, '0')}-5f3a-4000-8000-000000000001.snappy.parquet`,
      partitionValues: {},
      size: 43_210,
      modificationTime: 1_767_225_600_000 + file,
      dataChange: true,
      stats: JSON.stringify(stats),
    },
  };
}
