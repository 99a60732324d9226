import { access } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { messageOf, PlatformError } from '../errors.ts';
import { type Batch, columnsOf, matches, type ReadFiles, type ScanFile, type Value } from '../lake/index.ts';
import { columnReader } from './duckdb-data-files-decode.ts';
import type { DuckDbEngine } from './duckdb-data-files-engine.ts';
import { conditionSql, type FileGroup, groupFiles, relationOf } from './duckdb-data-files-relation.ts';
import { identifier } from './duckdb-data-files-sql.ts';

/** Rows of a batch: enough to make its fixed costs vanish, few enough to hold several. */
const BATCH_ROWS = 122_880;
/** What DuckDB decodes ahead of the reader. */
const STREAMING_BUFFER = '16MB';
/** DuckDB's vectors hold this many rows. */
const VECTOR_ROWS = 2_048;

export async function* readFiles(engine: DuckDbEngine, request: ReadFiles): AsyncGenerator<Batch> {
  const used = new Set(request.schema.fields.map(({ name }) => name));
  if (request.where !== undefined) {
    // Refuses a condition that does not fit the table.
    matches(request.where, request.tableSchema);
    for (const name of columnsOf(request.where)) used.add(name);
  }
  const [first] = request.files;
  const partitionColumns = Object.keys(first?.partition ?? {}).filter((name) => used.has(name));
  for (const group of groupFiles(request.files, partitionColumns))
    yield* readGroup(engine, request, group, used);
}

async function* readGroup(
  engine: DuckDbEngine,
  { schema, where, tableSchema }: ReadFiles,
  group: FileGroup,
  used: ReadonlySet<string>,
): AsyncGenerator<Batch> {
  const held = await engine.files.hold(group.files.map(({ path }) => path));
  const isInFile = ({ name }: { readonly name: string }) => !Object.hasOwn(group.partition, name);
  const fields = tableSchema.fields.filter((column) => used.has(column.name) && isInFile(column));
  const relation = relationOf(engine, group, held.paths, fields);
  const connection = await engine.connect();
  try {
    const chosen = schema.fields.filter(isInFile);
    const conditions = [...relation.conditions];
    if (where !== undefined) conditions.push(`(${conditionSql(where, tableSchema, group.partition)})`);
    const filter = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const batches =
      chosen.length === 0
        ? countedBatches(connection, `SELECT count(*)::BIGINT FROM ${relation.from}${filter}`)
        : columnBatches(
            connection,
            `SELECT ${chosen.map(({ name }) => identifier(name)).join(', ')} FROM ${relation.from}${filter}`,
            chosen,
          );
    for await (const { rowCount, columns } of batches) {
      const ordered = schema.fields.map(({ name }): [string, ArrayLike<Value>] => [
        name,
        columns[name] ?? new Array<Value>(rowCount).fill(group.partition[name] ?? null),
      ]);
      yield { rowCount, columns: Object.fromEntries(ordered) };
    }
  } catch (thrown) {
    throw await readError(thrown, group.files, held.paths);
  } finally {
    connection.closeSync();
    relation.release();
    await held.release();
  }
}

async function* columnBatches(
  connection: DuckDBConnection,
  sql: string,
  fields: ReadFiles['schema']['fields'],
): AsyncGenerator<Batch> {
  await connection.run(`SET streaming_buffer_size = '${STREAMING_BUFFER}'`);
  const result = await connection.stream(sql);
  const readers = fields.map(({ type }) => columnReader(type, BATCH_ROWS));
  let rowCount = 0;
  const take = (): Batch => {
    const columns = Object.fromEntries(fields.map(({ name }, i) => [name, readers[i]?.take() ?? []]));
    const batch = { rowCount, columns };
    rowCount = 0;
    return batch;
  };
  let next = result.fetchChunk();
  try {
    for (;;) {
      const chunk = await next;
      if (chunk === null || chunk.rowCount === 0) break;
      // Comes while this one is read.
      next = result.fetchChunk();
      const count = chunk.rowCount;
      for (const [i, reader] of readers.entries()) {
        reader.read(duckdb.data_chunk_get_vector(chunk.chunk, i), count);
      }
      rowCount += count;
      if (rowCount > BATCH_ROWS - VECTOR_ROWS) yield take();
    }
    if (rowCount > 0) yield take();
  } finally {
    // Nobody waits for it where the reader has had enough; the connection is closed after it.
    await next.catch(() => undefined);
  }
}

/** Where nothing but partition columns is wanted. */
async function* countedBatches(connection: DuckDBConnection, sql: string): AsyncGenerator<Batch> {
  const [[counted] = []] = await (await connection.run(sql)).getRows();
  for (let left = Number(counted); left > 0; left -= BATCH_ROWS) {
    yield { rowCount: Math.min(left, BATCH_ROWS), columns: {} };
  }
}

/** Names the file that is not there; whatever else is wrong with files, DuckDB says. */
export async function readError(
  thrown: unknown,
  files: readonly ScanFile[],
  paths: readonly string[],
): Promise<PlatformError> {
  if (thrown instanceof PlatformError) return thrown;
  for (const [i, path] of paths.entries()) {
    try {
      await access(path);
    } catch (cause) {
      const message = `there is no data file ${files[i]?.path}: vacuum may have deleted it, read a newer version`;
      return new PlatformError('lake_data_file_missing', message, { cause });
    }
  }
  return new PlatformError(
    'lake_data_file_corrupt',
    `data files of ${files[0]?.path}: ${messageOf(thrown)}`,
    {
      cause: thrown,
    },
  );
}
