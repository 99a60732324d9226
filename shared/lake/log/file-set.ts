import { type AddFile, fileKey } from './actions.ts';

/**
 * The files of one version, by their `fileKey`, immutable to its holder. Versions that only add files share one array and
 * one index and differ in how many entries they see, so that a table that gets a commit a second is followed at
 * O(files added); a removal copies.
 */
export class FileSet implements Iterable<AddFile> {
  readonly #entries: AddFile[];
  /** Position by key; made when first asked for, since who only reads the table never does. */
  readonly #index: { positions: Map<string, number> | null };
  readonly size: number;

  private constructor(entries: AddFile[], index: { positions: Map<string, number> | null }) {
    this.#entries = entries;
    this.#index = index;
    this.size = entries.length;
  }

  /** Of two files of one key the later one stays. */
  static of(files: Iterable<AddFile>): FileSet {
    const byKey = new Map<string, AddFile>();
    for (const file of files) byKey.set(fileKey(file), file);
    return FileSet.ofDistinct([...byKey.values()]);
  }

  /** As `of`, for files of which no two have one key. Takes the array over. */
  static ofDistinct(files: AddFile[]): FileSet {
    return new FileSet(files, { positions: null });
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  get(key: string): AddFile | undefined {
    const position = this.#positions().get(key);
    return position !== undefined && position < this.size ? this.#entries[position] : undefined;
  }

  /** This set without the files of the keys `removed` and with `added`, which replace files of the same key. */
  with(added: readonly AddFile[], removed: Iterable<string>): FileSet {
    const gone = new Set([...removed].filter((key) => this.has(key)));
    const isAppend = gone.size === 0 && !added.some((file) => this.has(fileKey(file)));
    const isNewest = this.#entries.length === this.size;
    if (!isAppend || !isNewest) {
      return FileSet.of([...[...this].filter((file) => !gone.has(fileKey(file))), ...added]);
    }
    for (const file of added) {
      this.#positions().set(fileKey(file), this.#entries.length);
      this.#entries.push(file);
    }
    return new FileSet(this.#entries, this.#index);
  }

  *[Symbol.iterator](): Generator<AddFile> {
    for (let position = 0; position < this.size; position++) yield this.#entries[position]!;
  }

  #positions(): Map<string, number> {
    this.#index.positions ??= new Map(this.#entries.map((file, position) => [fileKey(file), position]));
    return this.#index.positions;
  }
}
