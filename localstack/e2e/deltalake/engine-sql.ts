import type { DataType, Predicate, Schema, Value } from '../../../shared/lake/index.ts';

/** How a dialect spells what differs between the engines. */
export interface Dialect {
  readonly name: (column: string) => string;
  readonly text: (value: string) => string;
  /** Of decimal and the types below. */
  readonly typeNames: Readonly<Record<'integer' | 'short' | 'byte' | 'long' | 'float' | 'double', string>>;
  /** A literal of a time that is given as `2020-01-31 12:34:56.123456`, UTC. */
  readonly timestamp: (text: string) => string;
  readonly binary: (hex: string) => string;
}

const STANDARD: Dialect = {
  name: (column) => `"${column.replaceAll('"', '""')}"`,
  text: (value) => `'${value.replaceAll("'", "''")}'`,
  typeNames: {
    integer: 'INTEGER',
    short: 'SMALLINT',
    byte: 'TINYINT',
    long: 'BIGINT',
    float: 'REAL',
    double: 'DOUBLE',
  },
  timestamp: (text) => `TIMESTAMP '${text} UTC'`,
  binary: (hex) => `X'${hex}'`,
};

export const DIALECTS = {
  datafusion: {
    ...STANDARD,
    timestamp: (text: string) =>
      `arrow_cast('${text.replace(' ', 'T')}Z', 'Timestamp(Microsecond, Some("UTC"))')`,
  },
  spark: {
    ...STANDARD,
    name: (column: string) => `\`${column.replaceAll('`', '``')}\``,
    text: (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
    typeNames: { ...STANDARD.typeNames, float: 'FLOAT' },
  },
  trino: STANDARD,
  duckdb: {
    ...STANDARD,
    timestamp: (text: string) => `TIMESTAMPTZ '${text}+00'`,
    binary: (hex: string) => `from_hex('${hex}')`,
  },
} as const satisfies Readonly<Record<string, Dialect>>;

/** A condition of the lake as a WHERE. */
export function whereOf(predicate: Predicate, schema: Schema, dialect: Dialect): string {
  const literal = (column: string, value: NonNullable<Value>): string =>
    literalOf(typeIn(schema, column), value, dialect);
  switch (predicate.op) {
    case 'and':
    case 'or':
      return predicate.of
        .map((part) => `(${whereOf(part, schema, dialect)})`)
        .join(` ${predicate.op.toUpperCase()} `);
    case 'not':
      return `NOT (${whereOf(predicate.of, schema, dialect)})`;
    case 'is-null':
      return `${dialect.name(predicate.column)} IS NULL`;
    case 'in': {
      const values = predicate.values.map((value) => literal(predicate.column, value));
      return `${dialect.name(predicate.column)} IN (${values.join(', ')})`;
    }
    default:
      return `${dialect.name(predicate.column)} ${predicate.op} ${literal(predicate.column, predicate.value)}`;
  }
}

function literalOf(type: DataType, value: NonNullable<Value>, dialect: Dialect): string {
  switch (type) {
    case 'string':
      return dialect.text(String(value));
    case 'boolean':
      return String(value);
    case 'date':
      return `DATE '${new Date(Number(value) * 86_400_000).toISOString().slice(0, 10)}'`;
    case 'timestamp':
      return dialect.timestamp(timeText(value as bigint));
    case 'binary':
      return dialect.binary(Buffer.from(value as Uint8Array).toString('hex'));
    case 'integer':
    case 'short':
    case 'byte':
    case 'long':
    case 'float':
    case 'double':
      return `CAST('${String(value)}' AS ${dialect.typeNames[type]})`;
    default:
      if (typeof type === 'string' && type.startsWith('decimal'))
        return `CAST('${String(value)}' AS ${type})`;
      throw new Error(`no literal of ${JSON.stringify(type)}`);
  }
}

/** `2020-01-31 12:34:56.123456`, UTC. */
function timeText(micros: bigint): string {
  const inMillisecond = ((micros % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((micros - inMillisecond) / 1000n)).toISOString();
  return `${iso.slice(0, -1).replace('T', ' ')}${String(inMillisecond).padStart(3, '0')}`;
}

function typeIn(schema: Schema, column: string): DataType {
  const found = schema.fields.find(({ name }) => name === column);
  if (found === undefined) throw new Error(`no column ${column}`);
  return found.type;
}
