/**
 * A shop's state as one file: 8 bytes of magic, the last of them the version of what the header and the arrays hold, the length of a JSON header as uint32, the header, zeros up to a multiple of 8, then
 * every array that the header names, each padded to a multiple of 8. Little-endian, as every typed array of the platforms that
 * run this is.
 */
import { isJsonObject } from '../domain/index.ts';
import { PlatformError } from '../errors.ts';
import type { NeighbourTable } from './neighbour-table.ts';
import { PRODUCT_COLUMNS, type ProductColumn, SALES_WINDOWS, type ShopState } from './shop-state.ts';

const MAGIC = 'SHOP\0\0\0';
const VERSION = '\u0002';
const MAGIC_LENGTH = MAGIC.length + VERSION.length;
const ALIGNMENT = 8;
const KINDS = { float64: Float64Array, float32: Float32Array, int32: Int32Array } as const;
type Kind = keyof typeof KINDS;
type Column = Float64Array | Float32Array | Int32Array;

export function encodeShop(shop: ShopState): Uint8Array {
  const columns = columnsOf(shop);
  const arrays = Object.entries(columns).map(([name, values]) => ({
    name,
    kind: kindOf(values),
    length: values.length,
  }));
  const header = Buffer.from(JSON.stringify({ asOf: shop.asOf, ordersIn: shop.ordersIn, arrays }));
  const start = aligned(MAGIC_LENGTH + 4 + header.length);
  const size = Object.values(columns).reduce((sum, values) => sum + aligned(values.byteLength), start);
  const bytes = Buffer.alloc(size);
  bytes.write(MAGIC + VERSION, 'latin1');
  bytes.writeUInt32LE(header.length, MAGIC_LENGTH);
  header.copy(bytes, MAGIC_LENGTH + 4);
  let at = start;
  for (const values of Object.values(columns)) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += aligned(values.byteLength);
  }
  return bytes;
}

/**
 * null: the file is of another version.
 * @throws PlatformError `model_artifact` for anything that `encodeShop` does not write
 */
export function decodeShop(bytes: Uint8Array): ShopState | null {
  // A copy of its own: typed arrays need an aligned start.
  const buffer = Buffer.from(new Uint8Array(bytes).buffer);
  if (buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) throw broken('it does not begin as one');
  if (buffer.toString('latin1', MAGIC.length, MAGIC_LENGTH) !== VERSION) return null;
  const headerLength = buffer.readUInt32LE(MAGIC_LENGTH);
  const header = parseHeader(buffer.toString('utf8', MAGIC_LENGTH + 4, MAGIC_LENGTH + 4 + headerLength));
  if (!isJsonObject(header) || !Array.isArray(header.arrays) || !Array.isArray(header.ordersIn))
    throw broken('its header names no arrays');
  if (typeof header.asOf !== 'number' || header.ordersIn.length !== SALES_WINDOWS.length + 1)
    throw broken('its header does not tell the moment and the orders in every window');
  const columns = new Map<string, Column>();
  let at = aligned(MAGIC_LENGTH + 4 + headerLength);
  for (const { name, kind, length } of header.arrays as { name: string; kind: Kind; length: number }[]) {
    const Values = KINDS[kind];
    const end = at + length * Values.BYTES_PER_ELEMENT;
    if (end > buffer.length) throw broken(`it ends within ${name}`);
    columns.set(name, new Values(buffer.buffer as ArrayBuffer, at, length));
    at = aligned(end);
  }
  const column = <Values extends Column>(name: string, Values: new (length: number) => Values): Values => {
    const values = columns.get(name);
    if (values instanceof Values) return values;
    throw broken(`it holds no ${name}`);
  };
  const table = (name: string): NeighbourTable => ({
    starts: column(`${name}.starts`, Int32Array),
    columns: column(`${name}.columns`, Int32Array),
    similarities: column(`${name}.similarities`, Float32Array),
    supports: column(`${name}.supports`, Int32Array),
  });
  const products = column('products', Int32Array);
  return {
    asOf: header.asOf,
    ordersIn: header.ordersIn as number[],
    products,
    statistics: Object.fromEntries(
      PRODUCT_COLUMNS.map((name) => [name, column(name, Float64Array)]),
    ) as Record<ProductColumn, Float64Array>,
    categoryOf: column('categoryOf', Int32Array),
    together: table('together'),
    neighbours: table('neighbours'),
  };
}

function parseHeader(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw broken('its header is no JSON', cause);
  }
}

function columnsOf({
  products,
  statistics,
  categoryOf,
  together,
  neighbours,
}: ShopState): Record<string, Column> {
  const table = (
    name: string,
    { starts, columns, similarities, supports }: NeighbourTable,
  ): Record<string, Column> => ({
    [`${name}.starts`]: starts,
    [`${name}.columns`]: columns,
    [`${name}.similarities`]: similarities,
    [`${name}.supports`]: supports,
  });
  return {
    products,
    ...statistics,
    categoryOf,
    ...table('together', together),
    ...table('neighbours', neighbours),
  };
}

function kindOf(values: Column): Kind {
  if (values instanceof Float64Array) return 'float64';
  return values instanceof Float32Array ? 'float32' : 'int32';
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function broken(what: string, cause?: unknown): PlatformError {
  return new PlatformError(
    'model_artifact',
    `the file of the shop's state is broken: ${what}; train a new model or go back to the one before`,
    { cause },
  );
}
