import { absentJson, unavailableJson, type ValueEncoder, valueEncoder } from './debezium-values.ts';
import { jsonText } from './json-text.ts';
import { type Tuple, UNCHANGED_TOAST } from './pgoutput.ts';
import type { Table } from './table.ts';

/** A table with all that is the same for every row worked out once. */
export interface TableEncoder {
  readonly schema: string;
  readonly name: string;
  readonly schemaJson: string;
  readonly nameJson: string;
  readonly columns: readonly ColumnEncoder[];
  readonly primaryKey: readonly number[];
  /** Whether an old row tells the old primary key. */
  readonly identityCoversKey: boolean;
}

interface ColumnEncoder {
  /** `"name":` */
  readonly label: string;
  readonly encode: ValueEncoder;
  readonly inIdentity: boolean;
  readonly absentJson: string;
  readonly unavailableJson: string;
}

export function tableEncoder(table: Table): TableEncoder {
  return {
    schema: table.schema,
    name: table.name,
    schemaJson: jsonText(table.schema),
    nameJson: jsonText(table.name),
    columns: table.columns.map((column) => ({
      label: `${jsonText(column.name)}:`,
      encode: valueEncoder(column.type),
      inIdentity: column.inIdentity,
      absentJson: absentJson(column),
      unavailableJson: unavailableJson(column.type),
    })),
    primaryKey: table.primaryKey,
    identityCoversKey:
      table.primaryKey.length > 0 && table.primaryKey.every((index) => table.columns[index]!.inIdentity),
  };
}

/** JSON text of a row; `key`: only the replica identity's columns are known, the rest is written as absent. */
export function encodeRow(table: TableEncoder, values: Tuple, content: 'key' | 'full'): string {
  let json = '{';
  for (let i = 0; i < table.columns.length; i++) {
    const column = table.columns[i]!;
    const value = values[i] ?? null;
    const known = content === 'full' || column.inIdentity;
    json += (i === 0 ? '' : ',') + column.label;
    if (!known) {
      json += column.absentJson;
    } else if (value === null) {
      json += 'null';
    } else {
      json += value === UNCHANGED_TOAST ? column.unavailableJson : column.encode(value);
    }
  }
  return `${json}}`;
}

/** JSON text of a row's primary key, or null where the table has none. */
export function encodeKey(table: TableEncoder, values: Tuple): string | null {
  if (table.primaryKey.length === 0) {
    return null;
  }
  let json = '{';
  for (const index of table.primaryKey) {
    const column = table.columns[index]!;
    const value = values[index] ?? null;
    json += (json === '{' ? '' : ',') + column.label;
    json += typeof value === 'string' ? column.encode(value) : 'null';
  }
  return `${json}}`;
}
