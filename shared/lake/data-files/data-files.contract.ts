import { afterAll, beforeAll, describe } from 'vitest';
import type { ObjectStore } from '../store/object-store.ts';
import { DataFilesUnderTest } from './data-files.fixture.ts';
import { readContract } from './data-files.read.contract.ts';
import { rewriteContract } from './data-files.rewrite.contract.ts';
import type { DataFiles } from './data-files.ts';
import { writeContract } from './data-files.write.contract.ts';

interface Opened {
  readonly store: ObjectStore;
  readonly dataFiles: DataFiles;
  readonly dispose: () => Promise<void>;
}

/** What every implementation of `DataFiles` does. */
export function dataFilesContract(name: string, open: () => Promise<Opened>): void {
  describe(`data files: ${name}`, () => {
    let underTest: DataFilesUnderTest;
    let dispose: () => Promise<void>;
    beforeAll(async () => {
      const opened = await open();
      underTest = new DataFilesUnderTest(opened.store, opened.dataFiles);
      dispose = opened.dispose;
    });
    afterAll(() => dispose());

    writeContract(() => underTest);
    readContract(() => underTest);
    rewriteContract(() => underTest);
  });
}
