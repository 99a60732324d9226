import type { EpochMillis } from '../../../shared/domain/index.ts';
import type { QueryEngine, QueryValue } from '../../../shared/features/index.ts';
import { commitPath, type ObjectStore, type Snapshot, type Table } from '../../../shared/lake/index.ts';
import { type LakeTable, pinnedTable } from '../../../shared/tables/index.ts';

export interface LakeReaderPorts {
  readonly lakeTable: (path: string) => Table;
  readonly objectStore: ObjectStore;
  /** Opened at the first query, since an answer may need none. */
  readonly queryEngine: () => Promise<QueryEngine>;
  readonly now: () => EpochMillis;
}

export type QueryRow = Readonly<Record<string, QueryValue>>;

export interface LakeQuery {
  readonly sql: string;
  /** View name in the statement -> lake table. */
  readonly tables: Readonly<Record<string, LakeTable>>;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** Which state of a table an answer shows. */
export interface AsOf {
  /** null: there is no such table yet, so it counted as empty. */
  readonly version: number | null;
  readonly committedAt: EpochMillis | null;
}

export interface LakeReader {
  /**
   * Rows of the statement over the newest snapshots. The same statement over the same versions is answered from memory,
   * and so is one over newer versions as long as the answer is younger than `maxAgeMs`.
   */
  query(query: LakeQuery): Promise<readonly QueryRow[]>;
  asOf(table: LakeTable): Promise<AsOf>;
  snapshot(table: LakeTable): Promise<Snapshot | null>;
}

export function createLakeReader(
  ports: LakeReaderPorts,
  { maxAgeMs }: { readonly maxAgeMs: number },
): LakeReader {
  const answers = new Map<string, Answer>();
  const snapshot = (table: LakeTable) => ports.lakeTable(table.name).snapshot();

  return {
    snapshot,

    query: async (query) => {
      const views = await Promise.all(
        Object.entries(query.tables).map(
          async ([view, table]) => [view, table, await snapshot(table)] as const,
        ),
      );
      const versions = views.map(([view, , found]) => `${view}@${found?.version}`).join(' ');
      const question = JSON.stringify([query.sql, query.params]);
      const known = answers.get(question);
      const now = ports.now();
      if (known && (known.versions === versions || now - known.askedAt < maxAgeMs)) return known.rows;

      const rows = answer(query, views, ports);
      answers.set(question, { versions, askedAt: now, rows });
      forgetOldest(answers);
      try {
        return await rows;
      } catch (thrown) {
        answers.delete(question);
        throw thrown;
      }
    },

    asOf: async (table) => {
      const found = await snapshot(table);
      if (found === null) return { version: null, committedAt: null };
      return { version: found.version, committedAt: await commitTime(ports.objectStore, found) };
    },
  };
}

interface Answer {
  readonly versions: string;
  readonly askedAt: EpochMillis;
  readonly rows: Promise<readonly QueryRow[]>;
}

const KEPT_ANSWERS = 100;

/** Parameters come from requests, so the number of questions has no bound of its own. */
function forgetOldest(answers: Map<string, Answer>): void {
  const [oldest] = answers.keys();
  if (oldest !== undefined && answers.size > KEPT_ANSWERS) answers.delete(oldest);
}

async function answer(
  { sql, params }: LakeQuery,
  views: readonly (readonly [view: string, table: LakeTable, found: Snapshot | null])[],
  { objectStore, queryEngine }: LakeReaderPorts,
): Promise<readonly QueryRow[]> {
  const pinned = views.map(
    async ([view, table, found]) => [view, await pinnedTable(table, found, objectStore)] as const,
  );
  const tables = Object.fromEntries(await Promise.all(pinned));
  return collect(await queryEngine(), sql, { tables, ...(params ? { params } : {}) });
}

async function collect(
  engine: QueryEngine,
  sql: string,
  options: Parameters<QueryEngine['query']>[1],
): Promise<readonly QueryRow[]> {
  const rows: QueryRow[] = [];
  for await (const { rowCount, columns } of engine.query(sql, options)) {
    const entries = Object.entries(columns);
    for (let index = 0; index < rowCount; index++) {
      rows.push(Object.fromEntries(entries.map(([name, values]) => [name, values[index] ?? null])));
    }
  }
  return rows;
}

/** When the store got the commit. */
async function commitTime(store: ObjectStore, { path, version }: Snapshot): Promise<EpochMillis | null> {
  const [found] = await store.list(commitPath(path, version));
  return found === undefined ? null : (Math.floor(found.modifiedAt) as EpochMillis);
}
