// Folders of data files: a convention of Hive's that readers must not rely on.
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#data-files
import { joinPath } from '../store/object-store.ts';
import type { DataFileTarget } from './data-files.ts';

export interface NewDataFile {
  /** In the store. */
  readonly path: string;
  /** What the log calls the file: below the table, as a URI. */
  readonly uri: string;
}

/** Names a new data file: in the folders of its partition, or in a random one where the table asks for that. */
export function newDataFile(target: DataFileTarget, codec = 'snappy'): NewDataFile {
  const id = target.newId();
  const segments = [...foldersOf(target, id), `part-${id}.${codec}.parquet`];
  return { path: joinPath(target.table, ...segments), uri: segments.map(encodeSegment).join('/') };
}

/** What some file systems allow for a name is 255 bytes; a partition with a longer value has no folder of its own. */
const LONGEST_NAME_BYTES = 255;
const NULL_FOLDER = '__HIVE_DEFAULT_PARTITION__';

function foldersOf({ partitionValues, randomPrefixLength }: DataFileTarget, id: string): readonly string[] {
  if (randomPrefixLength !== undefined) return [id.replaceAll('-', '').slice(-randomPrefixLength)];
  const folders = Object.entries(partitionValues).map(([name, value]) => {
    return `${hiveEscape(name)}=${value === null ? NULL_FOLDER : hiveEscape(value)}`;
  });
  return folders.some((folder) => Buffer.byteLength(folder) > LONGEST_NAME_BYTES) ? [] : folders;
}

/** `ExternalCatalogUtils.escapePathName` of Spark: control characters, and those that are special to some file system. */
function hiveEscape(text: string): string {
  return [...text].map((character) => (isEscaped(character) ? hexEscape(character) : character)).join('');
}

const SPECIAL: ReadonlySet<string> = new Set('"#%\'*/:=?\\{[]^\u007f');

function isEscaped(character: string): boolean {
  return character < ' ' || SPECIAL.has(character);
}

function hexEscape(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

/** `=` may stand in a path, and people look for it; whatever else is special is safer escaped. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%3D', '=');
}
