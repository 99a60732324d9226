import { PlatformError } from '../errors.ts';
import type { ControlItem, ControlKey, ControlTable, JsonObject } from './control-table.ts';

/** What to answer, and what to store first; `write: null` stores nothing. */
export interface Decision<Result> {
  readonly write: JsonObject | null;
  readonly result: Result;
}

/**
 * Read, decide, write where nothing changed in between, otherwise decide again on what is there.
 * @throws control_table_contended (retryable) when 20 writes in a row lost against others
 */
export async function updateItem<Result>(
  table: ControlTable,
  key: ControlKey,
  decide: (current: ControlItem | null) => Decision<Result>,
): Promise<Result> {
  let current = await table.get(key);
  for (let attempt = 1; attempt <= 20; attempt++) {
    const { write, result } = decide(current);
    if (write === null) return result;
    const put = await table.put(key, write, current?.version ?? null);
    if (put.outcome === 'stored') return result;
    current = put.current;
  }
  throw new PlatformError(
    'control_table_contended',
    `control item ${key.partition} / ${key.sort} changed under 20 attempts to write it; try again`,
    { retryable: true },
  );
}
