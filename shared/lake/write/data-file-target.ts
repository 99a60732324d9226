// Table properties that shape data files: https://docs.delta.io/latest/table-properties.html
import { PlatformError } from '../../errors.ts';
import type { DataFileTarget } from '../data-files/data-files.ts';
import type { Metadata } from '../log/actions.ts';
import { targetFileBytes } from '../log/table-properties.ts';
import type { Schema } from '../schema/schema.ts';
import type { LakeEnvironment } from './environment.ts';

/** Where files of any partition of a table go, and what they are like by its properties. */
export type TableTarget = Omit<DataFileTarget, 'partitionValues'>;

/** `schema`: of the rows to write, which may lack columns of the table. */
export function tableTarget(
  table: {
    readonly path: string;
    readonly schema: Schema;
    readonly metadata: Pick<Metadata, 'configuration'>;
  },
  environment: Pick<LakeEnvironment, 'now' | 'newId'>,
): TableTarget {
  const { configuration } = table.metadata;
  const indexed = configuration['delta.dataSkippingNumIndexedCols'];
  const named = configuration['delta.dataSkippingStatsColumns'];
  const isRandom = configuration['delta.randomizeFilePrefixes']?.toLowerCase() === 'true';
  const prefixLength = configuration['delta.randomPrefixLength'] ?? '2';
  const fileBytes = targetFileBytes(table.metadata);
  return {
    table: table.path,
    schema: table.schema,
    ...(indexed === undefined
      ? {}
      : { indexedColumns: integer('delta.dataSkippingNumIndexedCols', indexed, -1) }),
    ...(named === undefined ? {} : { statsColumns: columnPaths(named) }),
    ...(isRandom ? { randomPrefixLength: integer('delta.randomPrefixLength', prefixLength, 1) } : {}),
    ...(fileBytes === null ? {} : { targetFileBytes: fileBytes }),
    now: environment.now,
    newId: environment.newId,
  };
}

/** `a, b.c, `d.e`` as paths; a name in backticks may hold any character, a doubled backtick stands for one. */
export function columnPaths(text: string): readonly (readonly string[])[] {
  const paths: string[][] = [];
  let path: string[] = [];
  for (const [, quoted, plain = '', separator] of text.matchAll(
    /\s*(?:`((?:[^`]|``)*)`|([^`.,]*))\s*([.,]|$)/g,
  )) {
    const name = quoted?.replaceAll('``', '`') ?? plain.trim();
    if (name !== '') path.push(name);
    if (separator === '.') continue;
    if (path.length > 0) paths.push(path);
    path = [];
  }
  return paths;
}

function integer(property: string, text: string, least: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least) return value;
  throw new PlatformError(
    'lake_property_invalid',
    `table property ${property} is ${JSON.stringify(text)}, expected an integer of at least ${least}`,
  );
}
