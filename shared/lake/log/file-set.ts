import type { AddFile } from './actions.ts';

/**
 * The data files of one version, immutable to its holder. Versions that only add files share one array and one index
 * and differ in how many entries they see, so that a table that gets a commit a second is followed at O(files added);
 * a removal copies.
 */
export class FileSet implements Iterable<AddFile> {
  readonly #entries: AddFile[];
  readonly #index: Map<string, number>;
  readonly size: number;

  private constructor(entries: AddFile[], index: Map<string, number>) {
    this.#entries = entries;
    this.#index = index;
    this.size = entries.length;
  }

  static of(files: Iterable<AddFile>): FileSet {
    const byPath = new Map<string, AddFile>();
    for (const file of files) byPath.set(file.path, file);
    const entries = [...byPath.values()];
    return new FileSet(entries, new Map(entries.map((file, position) => [file.path, position])));
  }

  has(path: string): boolean {
    const position = this.#index.get(path);
    return position !== undefined && position < this.size;
  }

  /** This set without `removed` and with `added`, which replace files of the same path. */
  with(added: readonly AddFile[], removed: Iterable<string>): FileSet {
    const gone = new Set([...removed].filter((path) => this.has(path)));
    const isAppend = gone.size === 0 && !added.some((file) => this.has(file.path));
    const isNewest = this.#entries.length === this.size;
    if (!isAppend || !isNewest) {
      return FileSet.of([...[...this].filter((file) => !gone.has(file.path)), ...added]);
    }
    for (const file of added) {
      this.#index.set(file.path, this.#entries.length);
      this.#entries.push(file);
    }
    return new FileSet(this.#entries, this.#index);
  }

  *[Symbol.iterator](): Generator<AddFile> {
    for (let position = 0; position < this.size; position++) yield this.#entries[position]!;
  }
}
