import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PlatformError } from '../../errors.ts';
import {
  cleanUpLog,
  history,
  loadSnapshot,
  memoryObjectStore,
  type ObjectStore,
  openTable,
  readChanges,
  type Table,
  vacuum,
  writeCheckpoint,
} from '../index.ts';
import { rowsOfBatch } from '../schema/batch.ts';
import { countingEnvironment, rowsOf } from '../testing.ts';
import { HistoryModel, textsOf } from './history-model.fixture.ts';
import { anyOperation, effectOf, NARROW, type Operation, perform } from './history-operations.fixture.ts';

const HISTORIES = 200;
/** A failure is shrunk within it, too. */
const PATIENCE_MS = 240_000;
const HOUR = 3_600_000;
const LOG_RETENTION = 6 * HOUR;
const FILE_RETENTION = 3 * HOUR;
const CONFIGURATION = {
  'delta.checkpointInterval': '3',
  'delta.logRetentionDuration': 'interval 6 hours',
  'delta.deletedFileRetentionDuration': 'interval 3 hours',
};

/** The lake beside the model. */
interface Real {
  readonly clock: { now: number };
  readonly store: ObjectStore;
  /** Followed through the whole history, as a long-lived process does. */
  readonly table: Table;
  readonly isPartitioned: boolean;
}

type Step = fc.AsyncCommand<HistoryModel, Real>;

it(`${HISTORIES} random histories are equal to a model at each step, in every version, in what history and the changes tell`, {
  timeout: PATIENCE_MS,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.commands([...anyStep], { maxCommands: 40, size: 'max' }),
      async (isPartitioned, steps) => {
        const { model, real } = await emptyTable(isPartitioned);
        await fc.asyncModelRun(async () => ({ model, real }), steps);
        for (let version = 0; version <= model.newest; version++) await expectVersion(model, real, version);
        await expectOnlyLiveFilesAfterVacuum(real);
      },
    ),
    { numRuns: HISTORIES },
  );
});

function step(name: string, run: (model: HistoryModel, real: Real) => Promise<void>): Step {
  return {
    check: () => true,
    run: async (model, real) => {
      real.clock.now += 1000;
      await run(model, real);
      await expectNewest(model, real);
    },
    toString: () => name,
  };
}

function commits(operation: Operation): Step {
  return step(JSON.stringify(operation), async (model, real) => {
    const timestamp = real.clock.now;
    const effect = effectOf(model, operation, real.isPartitioned);
    const outcome = await perform({ ...real, model }, operation);
    if (effect === null) return expect(outcome).toBe('superseded');
    if (operation.kind === 'compact') return takeCompaction(model, real, timestamp);
    if (operation.kind === 'restore' && outcome === 'unchanged') {
      return expect(textsOf(effect.rows)).toEqual(textsOf(model.current.rows));
    }
    expect(outcome).toBe('committed');
    model.commit(effect, timestamp);
  });
}

/** Another process begins the operation, and dies at one of its calls to the store: nothing of it is there, or all. */
function crashes(operation: Operation, dyingCall: number, moment: 'before' | 'after'): Step {
  return step(`dies ${moment} call ${dyingCall} of ${JSON.stringify(operation)}`, async (model, real) => {
    const timestamp = real.clock.now;
    const effect = effectOf(model, operation, real.isPartitioned);
    const store = dying(real.store, dyingCall, moment);
    const table = openTable(store, 't', countingEnvironment({ now: () => real.clock.now }));
    await perform({ ...real, store, table, model }, operation).catch((error: unknown) =>
      expect(String(error)).toMatch(/process died|could not be written/),
    );
    if (operation.kind === 'compact') return takeCompaction(model, real, timestamp);
    const { version } = await loadSnapshot(real.store, 't');
    expect([model.newest, model.newest + 1]).toContain(version);
    if (version === model.newest) return;
    expect(effect).not.toBeNull();
    if (effect !== null) model.commit(effect, timestamp);
  });
}

/** Of as many commits as there were partitions to join. */
async function takeCompaction(model: HistoryModel, real: Real, timestamp: number): Promise<void> {
  const effect = effectOf(model, { kind: 'compact' }, real.isPartitioned);
  const { version } = await loadSnapshot(real.store, 't');
  for (let at = timestamp; model.newest < version; at++) if (effect !== null) model.commit(effect, at);
}

const waits = (hours: number): Step =>
  step(`${hours} hours pass`, async (_, { clock }) => {
    clock.now += hours * HOUR;
  });

const vacuums = (isForced: boolean): Step =>
  step(`vacuum${isForced ? ' of all that is not live' : ''}`, async (model, { store, clock }) => {
    const forced = { retentionMs: 0, allowShorterRetention: true };
    await vacuum(store, 't', { now: clock.now, ...(isForced ? forced : {}) });
    model.forget(clock.now - (isForced ? 0 : FILE_RETENTION), 'files');
  });

const cleansUp = (): Step =>
  step('log clean-up', async (model, { store, clock }) => {
    await cleanUpLog(store, 't', { now: clock.now });
    model.forget(clock.now - LOG_RETENTION, 'log');
  });

const checkpoints = (): Step =>
  step('checkpoint', async (_, { store, clock }) => {
    await writeCheckpoint(store, await loadSnapshot(store, 't'), clock.now);
  });

const travels = (at: number): Step =>
  step(`travel to ${at}`, async (model, real) => {
    await expectVersion(model, real, Math.round(at * model.newest));
  });

const readsChanges = (at: number): Step =>
  step(`changes from ${at}`, async (model, real) => {
    await expectChanges(model, real, Math.round(at * (model.newest + 1)));
  });

const readsHistory = (): Step => step('history', expectHistory);

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const anyCommit = anyOperation.map(commits);
const anyLook = fc.oneof(fraction.map(travels), fraction.map(readsChanges), fc.constant(readsHistory()));

/** Each is as likely as the others. */
const anyStep: readonly fc.Arbitrary<Step>[] = [
  anyCommit,
  anyCommit,
  anyCommit,
  anyCommit,
  fc
    .tuple(anyOperation, fc.integer({ min: 1, max: 14 }), fc.constantFrom('before', 'after'))
    .map((crash) => crashes(...crash)),
  fc.constantFrom(1, 4, 9).map(waits),
  fc.boolean().map(vacuums),
  fc.constant(cleansUp()),
  fc.constant(checkpoints()),
  anyLook,
];

async function emptyTable(isPartitioned: boolean): Promise<{ model: HistoryModel; real: Real }> {
  const clock = { now: 1_000 * HOUR };
  const store = tellingTime(clock);
  const table = openTable(store, 't', countingEnvironment({ now: () => clock.now }));
  const partitionBy = isPartitioned ? ['shop'] : [];
  const model = new HistoryModel();
  model.commit({ rows: [], isWide: false, operation: 'WRITE', removes: 'no' }, clock.now);
  await table.append({ schema: NARROW, batches: [], partitionBy, configuration: CONFIGURATION });
  return { model, real: { clock, store, table, isPartitioned } };
}

/** No two commits at one time, as their times are what they are told apart by. */
function tellingTime(clock: { now: number }): ObjectStore {
  const store = memoryObjectStore(() => clock.now);
  return {
    ...store,
    putIfAbsent: async (path, bytes) => {
      const outcome = await store.putIfAbsent(path, bytes);
      if (path.includes('/_delta_log/')) clock.now += 1;
      return outcome;
    },
  };
}

async function expectNewest(model: HistoryModel, { store, table }: Real): Promise<void> {
  const fresh = await loadSnapshot(store, 't');
  const followed = await table.snapshot();
  expect([fresh.version, followed?.version]).toEqual([model.newest, model.newest]);
  const expected = textsOf(model.current.rows);
  expect(textsOf(await rowsOf(store, fresh))).toEqual(expected);
  if (followed !== null) expect(textsOf(await rowsOf(store, followed))).toEqual(expected);
  expect(fresh.schema.fields.some(({ name }) => name === 'extra')).toBe(model.current.isWide);
  expect(fresh.txns.get('application')?.version ?? null).toBe(model.txn);
}

/** By its number and by its time: whole, or refused where a vacuum or clean-up may have been at it. */
async function expectVersion(model: HistoryModel, { store }: Real, version: number): Promise<void> {
  const { rows, timestamp } = model.versions[version]!;
  try {
    const byVersion = await loadSnapshot(store, 't', { version });
    expect(textsOf(await rowsOf(store, byVersion))).toEqual(textsOf(rows));
    const byTime = await loadSnapshot(store, 't', { timestamp });
    expect(byTime.version).toBe(version);
  } catch (error) {
    if (!(error instanceof PlatformError) || version >= model.guaranteedFrom) throw error;
    expect(['lake_version_missing', 'lake_data_file_missing']).toContain(error.code);
  }
}

/** What was added, where nothing was removed; else that it cannot be told. */
async function expectChanges(model: HistoryModel, { store }: Real, from: number): Promise<void> {
  const changes = await readChanges(store, 't', { from });
  const range = model.versions.slice(from);
  const isTellable = range.every(({ removes }) => removes === 'no');
  if (changes.outcome === 'unavailable') {
    return expect(isTellable && from >= model.guaranteedFrom).toBe(false);
  }
  expect(range.some(({ removes }) => removes === 'yes')).toBe(false);
  expect(changes.versions.map(({ version }) => version)).toEqual(range.map((_, index) => from + index));
  const added: string[] = [];
  for (const { batches } of changes.versions) {
    for await (const batch of batches) added.push(...textsOf(rowsOfBatch(batch)));
  }
  expect(added.sort()).toEqual(model.addedSince(from));
}

async function expectHistory(model: HistoryModel, { store }: Real): Promise<void> {
  const entries = await history(store, 't');
  const oldest = entries.at(-1)?.version ?? Number.POSITIVE_INFINITY;
  expect(oldest).toBeLessThanOrEqual(model.loggedFrom);
  const told = entries.map(({ version, operation, timestamp }) => ({ version, operation, timestamp }));
  const expected = model.versions.map(({ operation, timestamp }, version) => ({
    version,
    operation,
    timestamp,
  }));
  expect(told).toEqual(expected.slice(oldest).toReversed());
}

/** Nothing that a crash has left behind outlives a vacuum, and nothing that is live falls to it. */
async function expectOnlyLiveFilesAfterVacuum({ store, clock }: Real): Promise<void> {
  await vacuum(store, 't', { now: clock.now + 1000, retentionMs: 0, allowShorterRetention: true });
  const live = [...(await loadSnapshot(store, 't')).files].map(({ path }) => `t/${decodeURIComponent(path)}`);
  const there = (await store.list('t/'))
    .map(({ path }) => path)
    .filter((path) => !path.includes('/_delta_log/'));
  expect(there).toEqual(live.sort());
}

/** Once dead, every call fails, as for a process that is gone. */
function dying(store: ObjectStore, dyingCall: number, moment: 'before' | 'after'): ObjectStore {
  let calls = 0;
  const around = async <T>(call: () => Promise<T>): Promise<T> => {
    calls++;
    if (calls === dyingCall && moment === 'after') await call();
    if (calls >= dyingCall) throw new Error('process died');
    return call();
  };
  return {
    ...store,
    get: (path) => around(() => store.get(path)),
    put: (path, bytes) => around(() => store.put(path, bytes)),
    putIfAbsent: (path, bytes) => around(() => store.putIfAbsent(path, bytes)),
    list: (prefix, after) => around(() => store.list(prefix, after)),
    delete: (path) => around(() => store.delete(path)),
  };
}
