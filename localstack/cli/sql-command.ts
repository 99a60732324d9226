import { readFile } from 'node:fs/promises';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import type { QueryEngine } from '../../shared/features/index.ts';
import { loadSnapshot, type ObjectStore, rowCount, typeName } from '../../shared/lake/index.ts';
import {
  csvWriter,
  jsonWriter,
  listTables,
  type ResultWriter,
  runSql,
  sqlName,
  type TableScan,
  tableWriter,
} from '../sql/index.ts';
import { type CommandSpec, invalidArguments, type OptionSpec, parseCommand } from './arguments.ts';

const SPEC = {
  usage:
    'npm run sql -- "SELECT … FROM raw.orders [VERSION AS OF 12 | TIMESTAMP AS OF \'…\']" [--csv | --json]',
  options: {
    file: { type: 'string', description: 'a file with the statement, also -f FILE; - is standard input' },
    csv: { type: 'boolean', description: 'CSV (RFC 4180) instead of a table' },
    json: { type: 'boolean', description: 'one JSON array, an object a row, instead of a table' },
    limit: { type: 'integer', min: 0, description: 'rows that are shown (100 in a table, else all)' },
    verbose: { type: 'boolean', description: 'tell on standard error which files are read' },
  },
  positionals: true,
} as const satisfies CommandSpec<Readonly<Record<string, OptionSpec>>>;

export interface SqlTerminal {
  /** Resolves when there is room for more. */
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => void;
  /** All of standard input; null where a person types there. */
  readonly input: () => Promise<string | null>;
  /** Milliseconds, from any moment on. */
  readonly now: () => number;
}

export interface Lakehouse {
  readonly store: ObjectStore;
  readonly engine: QueryEngine;
  close(): Promise<void>;
}

/**
 * One query over the lakehouse, as a table, CSV or JSON; without a statement, the tables there are.
 * @throws PlatformError `invalid_arguments`, `sql_invalid`, and what the lake and the engine throw
 */
export async function sqlCommand(
  argv: readonly string[],
  terminal: SqlTerminal,
  open: () => Promise<Lakehouse>,
): Promise<void> {
  const { values, positionals } = parseCommand(
    SPEC,
    argv.map((argument) => (argument === '-f' ? '--file' : argument)),
  );
  if (values.csv && values.json) throw invalidArguments('--csv and --json exclude each other', SPEC);
  const statement = await statementOf(positionals, values.file, terminal);
  const lakehouse = await open();
  try {
    if (statement === null) return await terminal.out(await overview(lakehouse.store));
    const shown = values.limit ?? (values.csv || values.json ? Number.POSITIVE_INFINITY : ROWS_IN_TABLE);
    const writer = values.csv ? csvWriter() : values.json ? jsonWriter() : tableWriter(shown);
    const isTable = !values.csv && !values.json;
    await print(statement, writer, lakehouse, terminal, {
      // A table tells how many more rows there are.
      take: isTable ? Number.POSITIVE_INFINITY : shown,
      onScans: values.verbose ? (scans) => terminal.err(scans.map(scanLine).join('')) : undefined,
    });
  } finally {
    await lakehouse.close();
  }
}

const ROWS_IN_TABLE = 100;

/** null: the tables are asked for. */
async function statementOf(
  positionals: readonly string[],
  file: string | undefined,
  terminal: SqlTerminal,
): Promise<string | null> {
  const [statement, ...more] = positionals;
  if (more.length > 0) {
    throw invalidArguments('the statement is one argument: put it in quotes', SPEC);
  }
  if (statement !== undefined && file !== undefined) {
    throw invalidArguments('a statement and --file exclude each other', SPEC);
  }
  if (statement !== undefined && statement !== '-') return statement;
  if (file !== undefined && file !== '-') return readStatement(file);
  const input = await terminal.input();
  return input === null || input.trim() === '' ? null : input;
}

async function readStatement(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new PlatformError('invalid_arguments', `--file cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

interface Printing {
  /** Rows after which the query is left. */
  readonly take: number;
  readonly onScans: ((scans: readonly TableScan[]) => void) | undefined;
}

async function print(
  statement: string,
  writer: ResultWriter,
  { engine, store }: Lakehouse,
  terminal: SqlTerminal,
  { take, onScans }: Printing,
): Promise<void> {
  const startedAt = terminal.now();
  let rows = 0;
  let begun = '';
  const result = runSql(engine, store, statement, {
    onColumns: (columns) => {
      begun = writer.begin(columns);
    },
    ...(onScans === undefined ? {} : { onScans }),
  });
  for await (const batch of result) {
    const taken = { ...batch, rowCount: Math.min(batch.rowCount, take - rows) };
    await terminal.out(begun + writer.batch(taken));
    begun = '';
    rows += taken.rowCount;
    if (rows >= take) break;
  }
  await terminal.out(begun + writer.end());
  const seconds = ((terminal.now() - startedAt) / 1_000).toFixed(2);
  terminal.err(`${counted(rows, 'row')} in ${seconds} s\n`);
}

function scanLine({ table, version, files, allFiles, rows }: TableScan): string {
  const read = rows === null ? '' : `, ${counted(rows, 'row')} read`;
  return `${table} version ${version}: ${files.toLocaleString('en')} of ${counted(allFiles, 'file')}${read}\n`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

/** Every table with its version, rows and columns, and a query to begin with. */
async function overview(store: ObjectStore): Promise<string> {
  const paths = await listTables(store);
  if (paths.length === 0) return 'the lakehouse has no table yet: npm start fills it\n';
  const tables = await Promise.all(paths.map((path) => describeTable(store, path)));
  const width = Math.max(...tables.map(({ name }) => name.length));
  const lines = tables.map(
    ({ name, facts, columns }) => `${name.padEnd(width)}  ${facts}\n${' '.repeat(width + 2)}${columns}\n`,
  );
  const readable = tables.filter(({ version }) => version !== null);
  const example = readable.find(({ name }) => name === 'raw.orders') ?? readable[0];
  return example === undefined ? lines.join('') : [...lines, '\n', ...examples(example)].join('');
}

/** Commands that a shell takes as they stand; the version is one that is there for a while. */
function examples({ name, version }: { readonly name: string; readonly version: number | null }): string[] {
  const quote = name.includes('"') ? "'" : '"';
  const command = (sql: string): string => `npm run sql -- ${quote}${sql}${quote}`;
  return [
    `${command(`SELECT * FROM ${name} LIMIT 10`)}\n`,
    `${command(`SELECT count(*) FROM ${name} VERSION AS OF ${version}`)} --json\n`,
  ];
}

async function describeTable(store: ObjectStore, path: string) {
  const name = sqlName(path);
  try {
    const snapshot = await loadSnapshot(store, path);
    const rows = rowCount(snapshot);
    return {
      name,
      version: snapshot.version,
      facts: `version ${snapshot.version}, ${rows === null ? 'rows not counted' : counted(rows, 'row')}`,
      columns: snapshot.schema.fields.map((column) => `${column.name} ${typeName(column.type)}`).join(', '),
    };
  } catch (error) {
    // One table of another writer that cannot be read does not hide the others.
    if (!(error instanceof PlatformError)) throw error;
    return { name, version: null, facts: 'cannot be read', columns: error.message };
  }
}
