import type { Database } from 'lmdb';

/**
 * Several puts that belong together, and their redo record. A worker thread that is terminated in the middle of an LMDB
 * transaction leaves the keys it had put already (measured with lmdb 3.5.6), so a transaction of many keys is not atomic by
 * itself: the record of all of them is put first and removed last, and whoever writes next finishes what it finds.
 *
 *     record  per put: table u8, key length u16, key, value length u32 or REMOVED, value; big-endian
 */
export interface Put {
  readonly at: Buffer;
  /** null removes the entry. */
  readonly bytes: Buffer | null;
}

/** A put and the index of its table. */
export interface TablePut extends Put {
  readonly table: number;
}

export type ByteTable = Database<Buffer, Buffer>;

/** Puts all, whatever happens to this thread in between, provided `finishPuts` comes before the next use of the tables. */
export function putTogether(redo: ByteTable, tables: readonly ByteTable[], puts: readonly TablePut[]): void {
  redo.put(REDO_KEY, encodePuts(puts));
  applyTo(tables, puts);
  redo.remove(REDO_KEY);
}

/** Finishes the puts of a thread that was terminated amid them; to be called first in a transaction. */
export function finishPuts(redo: ByteTable, tables: readonly ByteTable[]): void {
  const left = redo.get(REDO_KEY);
  if (left === undefined) return;
  // LMDB may reuse the memory of a value as soon as something is written.
  applyTo(tables, decodePuts(Buffer.from(left)));
  redo.remove(REDO_KEY);
}

export function apply(table: ByteTable, puts: readonly Put[]): void {
  for (const { at, bytes } of puts) {
    if (bytes === null) table.remove(at);
    else table.put(at, bytes);
  }
}

const REDO_KEY = Buffer.from('redo');
const REMOVED = 0xffffffff;
const HEAD_BYTES = 7;

function applyTo(tables: readonly ByteTable[], puts: readonly TablePut[]): void {
  for (const put of puts) apply(tables[put.table]!, [put]);
}

function encodePuts(puts: readonly TablePut[]): Buffer {
  return Buffer.concat(
    puts.flatMap(({ table, at, bytes }) => {
      const head = Buffer.allocUnsafe(HEAD_BYTES);
      head.writeUInt8(table, 0);
      head.writeUInt16BE(at.length, 1);
      head.writeUInt32BE(bytes === null ? REMOVED : bytes.length, 3);
      return bytes === null ? [head, at] : [head, at, bytes];
    }),
  );
}

function decodePuts(record: Buffer): TablePut[] {
  const puts: TablePut[] = [];
  for (let at = 0; at < record.length; ) {
    const keyStart = at + HEAD_BYTES;
    const keyEnd = keyStart + record.readUInt16BE(at + 1);
    const length = record.readUInt32BE(at + 3);
    const end = length === REMOVED ? keyEnd : keyEnd + length;
    puts.push({
      table: record.readUInt8(at),
      at: record.subarray(keyStart, keyEnd),
      bytes: length === REMOVED ? null : record.subarray(keyEnd, end),
    });
    at = end;
  }
  return puts;
}
