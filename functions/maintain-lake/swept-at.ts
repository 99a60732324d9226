import type { ControlKey, ControlTable } from '../../shared/control/index.ts';

/** When a table was last swept, epoch milliseconds; null: never, or in a way that this version does not read. */
export async function readSweptAt(controlTable: ControlTable, table: string): Promise<number | null> {
  const item = await controlTable.get(keyOf(table));
  const sweptAt = item?.value.format === FORMAT ? item.value.sweptAt : null;
  return typeof sweptAt === 'number' ? sweptAt : null;
}

/** Of two that write at once one is kept: both have swept. */
export async function writeSweptAt(
  controlTable: ControlTable,
  table: string,
  sweptAt: number,
): Promise<void> {
  const current = await controlTable.get(keyOf(table));
  await controlTable.put(keyOf(table), { sweptAt, format: FORMAT }, current?.version ?? null);
}

const FORMAT = 'swept/1';

function keyOf(table: string): ControlKey {
  return { partition: 'lake-sweeps', sort: table };
}
