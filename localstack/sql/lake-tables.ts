import { PlatformError } from '../../shared/errors.ts';
import { loadSnapshot, type ObjectStore, type Snapshot } from '../../shared/lake/index.ts';
import { nearestName } from '../../shared/runtime/nearest-name.ts';
import type { AsOf } from './time-travel.ts';

/** `raw/orders` as SQL writes it: `raw.orders`, in quotes where a part is no plain name. */
export function sqlName(path: string): string {
  const segments = path.split('/');
  // SQL has up to three parts; what lies deeper is in the first.
  const parts = [segments.slice(0, -2).join('/'), ...segments.slice(-2)].filter((part) => part !== '');
  return parts.map((part) => (/^[a-z_][a-z0-9_]*$/i.test(part) ? part : quoted(part))).join('.');
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Paths of all Delta tables of a lakehouse, whoever wrote them, ascending. Lists every object. */
export async function listTables(store: ObjectStore): Promise<string[]> {
  const paths = new Set<string>();
  for (const { path } of await store.list('')) {
    const match = /^(.+)\/_delta_log\/\d{20}\./.exec(path);
    if (match?.[1] !== undefined) paths.add(match[1]);
  }
  return [...paths].sort();
}

/**
 * The state of the table that a statement names. Tells `raw.Orders` from `raw.orders` only where both are there.
 * Throws `lake_table_missing` with the nearest name.
 */
export async function findTable(
  store: ObjectStore,
  name: readonly string[],
  asOf: AsOf | null,
): Promise<Snapshot> {
  const path = name.join('/');
  try {
    return await loadSnapshot(store, path, asOf ?? {});
  } catch (error) {
    if (!(error instanceof PlatformError) || !NO_TABLE.has(error.code)) throw error;
  }
  const known = await listTables(store);
  const sameButCase = known.filter((table) => table.toLowerCase() === path.toLowerCase());
  if (sameButCase.length === 1) return loadSnapshot(store, sameButCase[0]!, asOf ?? {});
  throw new PlatformError('lake_table_missing', `there is no table ${name.join('.')}; ${hint(path, known)}`);
}

/** A name that is no path of the store, such as `".."`, names no table. */
const NO_TABLE: ReadonlySet<string> = new Set(['lake_table_missing', 'lake_path_invalid']);

function hint(path: string, known: readonly string[]): string {
  if (known.length === 0) return 'the lakehouse has no table yet: npm start fills it';
  // The schema is what is most often left out.
  const last = path.split('/').at(-1) ?? path;
  const homonyms = known.filter((table) => table.split('/').at(-1) === last);
  if (homonyms.length > 0) return `did you mean ${homonyms.map(sqlName).join(' or ')}?`;
  const nearest = nearestName(path, known);
  if (nearest !== null) return `did you mean ${sqlName(nearest)}?`;
  const shown = known.slice(0, NAMES_SHOWN).map(sqlName).join(', ');
  return `there are ${shown}${known.length > NAMES_SHOWN ? ` and ${known.length - NAMES_SHOWN} more` : ''}`;
}

const NAMES_SHOWN = 30;
