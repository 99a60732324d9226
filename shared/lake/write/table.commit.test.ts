import { describe, expect, it } from 'vitest';
import type { AddFile } from '../log/actions.ts';
import { commitPath } from '../log/log-path.ts';
import { loadSnapshot } from '../log/log-reader.ts';
import type { Snapshot } from '../log/snapshot.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { beforeCommit, countingEnvironment, idsOf, orders } from '../testing.ts';
import { openTable } from './table.ts';
import type { CommitIntent } from './transaction.ts';

const intent = (parts: Partial<CommitIntent>): CommitIntent => ({
  read: { kind: 'nothing' },
  removes: [],
  adds: [],
  dataChange: true,
  operation: 'TEST',
  ...parts,
});

async function tableOfThree() {
  const store = memoryObjectStore();
  const table = openTable(store, 't', countingEnvironment());
  for (const id of [1, 2, 3]) await table.append(orders(id));
  const base = (await table.snapshot())!;
  return { store, table, base, files: [...base.files] as [AddFile, AddFile, AddFile] };
}

/** As a compaction does: one file more with the rows of another, of which the name is new. */
async function movedFile(
  base: Snapshot,
  file: AddFile,
  store: ReturnType<typeof memoryObjectStore>,
): Promise<AddFile> {
  const path = `moved-${file.path}`;
  await store.put(`${base.path}/${path}`, (await store.get(`${base.path}/${file.path}`))!);
  return { ...file, path };
}

describe('a commit that was decided on a snapshot', () => {
  it('says in the log what it is', async () => {
    const { store, table, base, files } = await tableOfThree();
    const adds = [await movedFile(base, files[0], store)];
    const committed = await table.commit(
      base,
      intent({
        removes: [files[0]],
        adds,
        dataChange: false,
        operation: 'OPTIMIZE',
        operationParameters: { predicate: '[]' },
        metrics: { numRemovedFiles: 1 },
        userMetadata: 'by night',
      }),
    );
    expect(committed).toMatchObject({ outcome: 'committed', version: 3, metrics: { numRemovedFiles: 1 } });
    const lines = new TextDecoder()
      .decode((await store.get(commitPath('t', 3)))!)
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        commitInfo: {
          timestamp: expect.any(Number),
          operation: 'OPTIMIZE',
          operationParameters: { predicate: '[]' },
          readVersion: 2,
          isolationLevel: 'SnapshotIsolation',
          isBlindAppend: false,
          operationMetrics: { numRemovedFiles: '1' },
          userMetadata: 'by night',
          engineInfo: 'customer-insight-platform lake',
          txnId: expect.any(String),
        },
      },
      {
        remove: {
          path: files[0].path,
          deletionTimestamp: expect.any(Number),
          dataChange: false,
          extendedFileMetadata: true,
          partitionValues: {},
          size: files[0].size,
        },
      },
      { add: { ...adds[0], dataChange: false } },
    ]);
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([1, 2, 3]);
  });

  it('follows the appends that came since, known to the handle or not', async () => {
    const { store, table, base, files } = await tableOfThree();
    const compact = intent({
      removes: [files[0]],
      adds: [await movedFile(base, files[0], store)],
      dataChange: false,
    });
    for (const id of [4, 5, 6, 7]) await table.append(orders(id));
    const rival = openTable(store, 't', countingEnvironment());
    for (const id of [8, 9]) await rival.append(orders(id));
    expect(await table.commit(base, compact)).toMatchObject({ outcome: 'committed', version: 9 });
    expect(await idsOf(store, await loadSnapshot(store, 't'))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it.each(['this handle', 'another'])(
    'comes back with the winner, a commit of %s, where that took its file',
    async (whose) => {
      const { store, table, base, files } = await tableOfThree();
      const winner = whose === 'another' ? openTable(store, 't', countingEnvironment()) : table;
      await winner.append(orders(4));
      await winner.delete({ where: { op: '=', column: 'id', value: 1 } });
      await winner.append(orders(5));
      const outcome = await table.commit(base, intent({ removes: [files[0]], dataChange: false }));
      expect(outcome).toEqual({ outcome: 'conflict', kind: 'concurrent-delete-delete', version: 4 });
      expect((await loadSnapshot(store, 't')).version).toBe(5);
    },
  );

  it('comes back with a winner of the last moment', async () => {
    const { store, base } = await tableOfThree();
    const rival = openTable(store, 't', countingEnvironment());
    const racing = beforeCommit(store, 3, async () => {
      await rival.append(orders(4));
    });
    const table = openTable(racing, 't', countingEnvironment());
    const outcome = await table.commit(base, intent({ read: { kind: 'table' } }));
    expect(outcome).toEqual({ outcome: 'conflict', kind: 'concurrent-append', version: 3 });
  });

  it('is superseded by its txn on the snapshot, and conflicts with one that moved since', async () => {
    const { table } = await tableOfThree();
    const txns = [{ appId: 'job', version: 5 }];
    const before = (await table.snapshot())!;
    await table.append({ ...orders(4), txns });
    const after = (await table.snapshot())!;
    expect(await table.commit(after, intent({ txns }))).toMatchObject({
      outcome: 'superseded',
      storedVersion: 5,
    });
    expect(await table.commit(before, intent({ txns }))).toMatchObject({ kind: 'concurrent-transaction' });
  });

  it('replaces the metadata, unless another did since', async () => {
    const { table, base } = await tableOfThree();
    const metadata = { ...base.metadata, configuration: { 'delta.appendOnly': 'true' } };
    expect(await table.commit(base, intent({ metadata }))).toMatchObject({ outcome: 'committed' });
    expect((await table.snapshot())?.metadata.configuration).toEqual({ 'delta.appendOnly': 'true' });
    expect(await table.commit(base, intent({ metadata }))).toMatchObject({ kind: 'metadata-changed' });
  });

  it('that promises what is not kept is refused', async () => {
    const { table, base } = await tableOfThree();
    const metadata = { ...base.metadata, configuration: { 'delta.enableChangeDataFeed': 'true' } };
    await expect(table.commit(base, intent({ metadata }))).rejects.toThrow('delta.enableChangeDataFeed');
  });

  it('removes rows of no append-only table, and moves them', async () => {
    const store = memoryObjectStore();
    const table = openTable(store, 't', countingEnvironment());
    await table.append({ ...orders(1), configuration: { 'delta.appendOnly': 'true' } });
    const base = (await table.snapshot())!;
    const [file] = [...base.files] as [AddFile];
    await expect(table.commit(base, intent({ removes: [file] }))).rejects.toMatchObject({
      code: 'lake_append_only',
    });
    const moved = intent({ removes: [file], adds: [await movedFile(base, file, store)], dataChange: false });
    expect(await table.commit(base, moved)).toMatchObject({ outcome: 'committed' });
  });

  it('writes the checkpoint that is due', async () => {
    const { table } = await tableOfThree();
    for (let id = 0; id < 7; id++) await table.append(orders(id));
    const base = (await table.snapshot())!;
    const committed = await table.commit(base, intent({}));
    expect(committed).toMatchObject({ version: 10, snapshot: { checkpointVersion: 10 } });
    expect((await table.snapshot())?.checkpointVersion).toBe(10);
  });
});
