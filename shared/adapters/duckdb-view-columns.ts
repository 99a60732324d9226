import { type DataType, type Field, fieldId, physicalName, type Schema } from '../lake/index.ts';

/** A column of a table's view, and how it is got out of a data file. */
export interface ViewColumn {
  /** In the table. */
  readonly name: string;
  /** SQL type of the view's column. */
  readonly type: string;
  readonly source: FileSource | PartitionSource | null;
}

export interface FileSource {
  readonly kind: 'file';
  /** How `read_parquet` finds it, as SQL: by the column's id or by its name in the file. */
  readonly key: string;
  /** SQL type under which it is read: the fields of structs have the names that the file gives them. */
  readonly type: string;
  /** The view's value, as SQL, from the name under which it is read. */
  readonly valueOf: (name: string) => string;
}

export interface PartitionSource {
  readonly kind: 'partition';
}

/** @param partition names of the columns that are not in the files */
export function viewColumns(schema: Schema, partition: ReadonlySet<string>): readonly ViewColumn[] {
  const byId = schema.fields.some((column) => fieldId(column) !== null);
  return schema.fields.map((column) => {
    const view = { name: column.name, type: sqlType(column.type, ({ name }) => name) };
    if (partition.has(column.name)) return { ...view, source: { kind: 'partition' } };
    // Neither a column without a type nor one that got no id, where others have theirs, is in any file.
    const isInNoFile = column.type === 'void' || (byId && fieldId(column) === null);
    return { ...view, source: isInNoFile ? null : fileSource(column) };
  });
}

/** The SQL of a type; a timestamp is an instant, and 128 bits are the widest decimals. */
export function sqlType(type: DataType, nameOf: (column: Field) => string): string {
  if (typeof type === 'string') return isDecimal(type) ? type.toUpperCase() : SQL_TYPES[type];
  switch (type.type) {
    case 'array':
      return `${sqlType(type.elementType, nameOf)}[]`;
    case 'map':
      return `MAP(${sqlType(type.keyType, nameOf)}, ${sqlType(type.valueType, nameOf)})`;
    case 'struct': {
      const fields = type.fields.map(
        (child) => `${identifier(nameOf(child))} ${sqlType(child.type, nameOf)}`,
      );
      return `STRUCT(${fields.join(', ')})`;
    }
  }
}

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const isDecimal = (type: string): type is DecimalType => type.startsWith('decimal(');

type DecimalType = Extract<DataType, `decimal(${string}`>;

const SQL_TYPES: Readonly<Record<Exclude<Extract<DataType, string>, DecimalType>, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMPTZ',
  timestamp_ntz: 'TIMESTAMP',
  // DuckDB gives a bare NULL this type too.
  void: 'INTEGER',
};

function fileSource(column: Field): FileSource {
  const id = fieldId(column);
  return {
    kind: 'file',
    key: id === null ? literal(physicalName(column)) : String(id),
    type: sqlType(column.type, physicalName),
    valueOf: (name) => renamed(column.type, name, 0),
  };
}

/** A value whose structs have the names of the table, from one whose structs have those of the file. */
function renamed(type: DataType, value: string, depth: number): string {
  if (typeof type === 'string' || !isMapped(type)) return value;
  const item = `e${depth}`;
  switch (type.type) {
    case 'array':
      return `list_transform(${value}, lambda ${item}: ${renamed(type.elementType, item, depth + 1)})`;
    case 'map': {
      const key = renamed(type.keyType, `${item}.key`, depth + 1);
      const entry = `{'k': ${key}, 'v': ${renamed(type.valueType, `${item}.value`, depth + 1)}}`;
      return unlessNull(
        value,
        `map_from_entries(list_transform(map_entries(${value}), lambda ${item}: ${entry}))`,
      );
    }
    case 'struct': {
      const fields = type.fields.map((child) => {
        const found = renamed(child.type, `${value}.${identifier(physicalName(child))}`, depth + 1);
        return `${identifier(child.name)} := ${found}`;
      });
      return unlessNull(value, `struct_pack(${fields.join(', ')})`);
    }
  }
}

function isMapped(type: DataType): boolean {
  if (typeof type === 'string') return false;
  switch (type.type) {
    case 'array':
      return isMapped(type.elementType);
    case 'map':
      return isMapped(type.keyType) || isMapped(type.valueType);
    case 'struct':
      return type.fields.some((child) => physicalName(child) !== child.name || isMapped(child.type));
  }
}

const unlessNull = (value: string, sql: string): string =>
  `CASE WHEN ${value} IS NULL THEN NULL ELSE ${sql} END`;
