import type { LeafColumns } from '../parquet/leaf-columns.ts';

export function parsedStats(_: LeafColumns): ((row: number) => string | null) | null {
  return null;
}
