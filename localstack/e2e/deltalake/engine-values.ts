import {
  type BatchRow,
  type DataType,
  decimalShape,
  type Schema,
  type Value,
} from '../../../shared/lake/index.ts';

/** Rows as `plain_values.py` or a query of `exactColumns` prints them, as the lake has them. */
export function rowsOfJson(schema: Schema, rows: unknown): BatchRow[] {
  return (rows as Readonly<Record<string, unknown>>[]).map((row) =>
    Object.fromEntries(schema.fields.map(({ name, type }) => [name, valueOfJson(type, row[name] ?? null)])),
  );
}

/** The same for equal values and for no others: 1, 1n and "1" differ, and so do 0 and -0. */
export function textOfRow(row: BatchRow): string {
  return textOf(row);
}

export function valueOfJson(type: DataType, value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof type !== 'string') return nestedOfJson(type, value);
  switch (type) {
    case 'integer':
    case 'short':
    case 'byte':
    case 'date':
      return Number(value);
    case 'long':
    case 'timestamp':
    case 'timestamp_ntz':
      return BigInt(value as string);
    case 'double':
      return numberOf(value);
    case 'float':
      return Math.fround(numberOf(value));
    case 'binary':
      return Uint8Array.from(Buffer.from(value as string, 'hex'));
    default:
      return typeof value === 'string' ? ofScale(value, decimalShape(type)?.scale) : (value as Value);
  }
}

/** Spark gives `0.0000000001` of scale 10 as `0.000000000100`; zeros alone are cut. */
function ofScale(decimal: string, scale: number | undefined): string {
  if (scale === undefined || scale === 0) return decimal;
  const [whole = '', fraction = ''] = decimal.split('.');
  const isLonger = /^0+$/.test(fraction.slice(scale));
  return `${whole}.${isLonger ? fraction.slice(0, scale) : fraction.padEnd(scale, '0')}`;
}

/** Python, Java and DuckDB spell what JSON lacks each in their own way. */
const NOT_FINITE: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  NaN: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  Infinity: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

function numberOf(value: unknown): number {
  const number = typeof value === 'string' ? (NOT_FINITE[value] ?? Number(value)) : value;
  if (typeof number !== 'number') throw new Error(`no number: ${JSON.stringify(value)}`);
  return number;
}

function nestedOfJson(type: Exclude<DataType, string>, value: unknown): Value {
  switch (type.type) {
    case 'array':
      return (value as unknown[]).map((element) => valueOfJson(type.elementType, element));
    case 'struct': {
      // Trino gives the fields by their place.
      const byPlace = Array.isArray(value) ? value : null;
      const byName = value as Readonly<Record<string, unknown>>;
      return Object.fromEntries(
        type.fields.map((field, place) => [
          field.name,
          valueOfJson(field.type, byPlace === null ? byName[field.name] : byPlace[place]),
        ]),
      );
    }
    case 'map':
      return Object.fromEntries(
        entriesOf(value).map(([key, entry]) => [key, valueOfJson(type.valueType, entry)]),
      );
  }
}

/** A map is an object, a list of pairs, or, of DuckDB, a list of objects. */
function entriesOf(value: unknown): [string, unknown][] {
  if (!Array.isArray(value)) return Object.entries(value as object);
  return value.map((entry: unknown) => {
    if (Array.isArray(entry)) return [String(entry[0]), entry[1]];
    const { key, value: element } = entry as { readonly key: unknown; readonly value: unknown };
    return [String(key), element];
  });
}

function textOf(value: Value | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof Float32Array || Array.isArray(value)) {
    return `[${Array.from(value as ArrayLike<Value>, textOf).join()}]`;
  }
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([name, entry]) => `${JSON.stringify(name)}:${textOf(entry)}`);
    return `{${entries.sort().join()}}`;
  }
  return JSON.stringify(value);
}
