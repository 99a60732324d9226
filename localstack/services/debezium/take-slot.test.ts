import { expect, it } from 'vitest';
import { encodePosition } from '../embedded/change-capture/index.ts';
import { MemorySink } from '../embedded/change-capture/memory-sink.fixture.ts';
import { positionAfter } from './take-slot-from-debezium.ts';
import { finishTransaction } from './take-slot-from-embedded.ts';

const SOURCE = { systemId: '7', publicationOid: 16_500 };

it('calls safe what Debezium has stored, also where it has yet to acknowledge it', () => {
  const owner = { source: SOURCE, snapshotMode: 'initial' } as const;
  const reach = { snapshotDone: true, lastCommitEnd: 500n, partial: null };
  expect(positionAfter(owner, reach, 300n)).toMatchObject({ commitLsn: 499n, safeLsn: 500n });
  expect(positionAfter(owner, reach, 900n)).toMatchObject({ commitLsn: 499n, safeLsn: 900n });
  expect(positionAfter(owner, { ...reach, lastCommitEnd: null }, 900n)).toMatchObject({ safeLsn: 900n });
});

it('can be stopped while the database that holds the rest of a transaction is away', async () => {
  const sink = new MemorySink();
  const position = { source: SOURCE, snapshotDone: true, commitLsn: 1n, safeLsn: 1n, lastCommitEnd: null };
  await sink.append([], encodePosition({ ...position, partial: { commitLsn: 9n, rowRecords: 4 } }));
  const stopping = new AbortController();
  const finished = finishTransaction({
    databaseUrl: 'postgres://nobody@127.0.0.1:1/nowhere',
    sink,
    clock: Date,
    log: { log: () => stopping.abort() },
    signal: stopping.signal,
  });
  await expect(finished).rejects.toMatchObject({ name: 'AbortError' });
});
