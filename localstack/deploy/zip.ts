/**
 * ZIP archives, as Lambda takes a function's code: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.6 to
 * 4.3.16. Deflate, no ZIP64: at most 65,535 files and 4 GiB, far above Lambda's own limit of 250 MiB unzipped. Every entry carries
 * the same time and the files go in by name, so that equal contents make equal archives and an unchanged function is not deployed anew.
 */
import { crc32, deflateRawSync } from 'node:zlib';

/** @param files path in the archive, with `/` between folders -> content */
export function zipArchive(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const entry = compressed(path, content);
    parts.push(localHeader(entry), entry.name, entry.data);
    directory.push(centralHeader(entry, offset), entry.name);
    offset += LOCAL_HEADER_BYTES + entry.name.length + entry.data.length;
  }
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([...parts, ...directory, endOfDirectory(files.size, directoryBytes, offset)]);
}

interface Entry {
  readonly name: Buffer;
  readonly data: Buffer;
  readonly crc: number;
  /** Bytes before compression. */
  readonly size: number;
}

const LOCAL_HEADER_BYTES = 30;
const CENTRAL_HEADER_BYTES = 46;
const END_BYTES = 22;
/** "2.0": folders and deflate. */
const VERSION = 20;
const DEFLATE = 8;
/** Names are UTF-8 (general purpose bit 11). */
const UTF8_NAMES = 1 << 11;
/** 1980-01-01 00:00, the first time that the format can tell. */
const DOS_DATE = (1 << 5) | 1;
const DOS_TIME = 0;
/** Made by Unix, whose mode stands in the upper half of the external attributes: a regular file that everybody may read. */
const MADE_BY_UNIX = (3 << 8) | VERSION;
const READABLE_FILE = 0o100644 * 0x10000;

function compressed(path: string, content: Uint8Array): Entry {
  return { name: Buffer.from(path, 'utf8'), ...deflated(content) };
}

/** Contents that several archives share are compressed once: DuckDB's library takes 3 s. */
const deflatedContents = new WeakMap<Uint8Array, Omit<Entry, 'name'>>();

function deflated(content: Uint8Array): Omit<Entry, 'name'> {
  const known = deflatedContents.get(content);
  if (known !== undefined) return known;
  const entry = { data: deflateRawSync(content), crc: crc32(content), size: content.length };
  deflatedContents.set(content, entry);
  return entry;
}

function localHeader({ name, data, crc, size }: Entry): Buffer {
  const header = Buffer.alloc(LOCAL_HEADER_BYTES);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(UTF8_NAMES, 6);
  header.writeUInt16LE(DEFLATE, 8);
  header.writeUInt16LE(DOS_TIME, 10);
  header.writeUInt16LE(DOS_DATE, 12);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(data.length, 18);
  header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  return header;
}

function centralHeader({ name, data, crc, size }: Entry, offset: number): Buffer {
  const header = Buffer.alloc(CENTRAL_HEADER_BYTES);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_BY_UNIX, 4);
  header.writeUInt16LE(VERSION, 6);
  header.writeUInt16LE(UTF8_NAMES, 8);
  header.writeUInt16LE(DEFLATE, 10);
  header.writeUInt16LE(DOS_TIME, 12);
  header.writeUInt16LE(DOS_DATE, 14);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(data.length, 20);
  header.writeUInt32LE(size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(READABLE_FILE, 38);
  header.writeUInt32LE(offset, 42);
  return header;
}

function endOfDirectory(files: number, bytes: number, offset: number): Buffer {
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files, 8);
  end.writeUInt16LE(files, 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
