import { type Finding, fail, ok, warn } from './finding.ts';

/** What was seen of a running platform; `readPlatform` gathers it. */
export interface PlatformFacts {
  readonly ready: boolean;
  readonly api: { readonly url: string; readonly problem: string | null };
  readonly walLevel: string;
  readonly slots: readonly SlotFacts[];
  readonly consumers: readonly { readonly groupId: string; readonly waiting: number }[];
  readonly deadLetters: readonly { readonly topic: string; readonly records: number }[];
  /** Rows of quarantine/records; null: the lake does not tell. */
  readonly quarantined: number | null;
  readonly lastRun: LastRun | null;
}

export interface SlotFacts {
  readonly name: string;
  readonly active: boolean;
  /** `lost`: the log that it needs is gone. */
  readonly walStatus: string | null;
  /** What Postgres keeps for it, in bytes. */
  readonly lagBytes: number;
}

export interface LastRun {
  readonly runId: string;
  readonly status: 'running' | 'succeeded' | 'failed';
  readonly failedJobs: readonly { readonly job: string; readonly error: string | null }[];
}

export function judgePlatform(facts: PlatformFacts): readonly Finding[] {
  return [
    judgeApi(facts),
    judgeWalLevel(facts.walLevel),
    ...(facts.slots.length === 0 ? [noSlot()] : facts.slots.map(judgeSlot)),
    judgeConsumers(facts.consumers),
    judgeDeadLetters(facts.deadLetters),
    judgeQuarantine(facts.quarantined),
    judgeLastRun(facts.lastRun),
  ];
}

const MIB = 2 ** 20;
const MOST_SLOT_LAG = 256 * MIB;
const MOST_WAITING = 10_000;

function judgeApi({ ready, api }: PlatformFacts): Finding {
  if (api.problem !== null) {
    return fail(
      'API',
      `${api.url}: ${api.problem}`,
      'the platform runs but does not answer',
      'read platform.log in the data folder; stop with Ctrl-C and start again: npm start',
    );
  }
  if (ready) return ok('API', `${api.url} answers`);
  return warn(
    'API',
    `${api.url} answers, still starting`,
    'recommendations are of the first model only when it is trained',
    'wait until npm start says ready',
  );
}

function judgeWalLevel(walLevel: string): Finding {
  if (walLevel === 'logical') return ok('wal_level', walLevel);
  return fail(
    'wal_level',
    walLevel,
    'Postgres tells changes of rows only at the level logical',
    'alter system set wal_level = logical; then restart that Postgres',
  );
}

function judgeSlot({ name, active, walStatus, lagBytes }: SlotFacts): Finding {
  const what = `slot ${name}`;
  const lag = `${(lagBytes / MIB).toFixed(1)} MiB behind`;
  if (walStatus === 'lost') {
    return fail(
      what,
      'lost: the log that it needs is gone',
      'changes would be missing from the lake',
      'stop and start again: all rows are then read afresh',
    );
  }
  if (!active) {
    return warn(
      what,
      `nobody reads it, ${lag}`,
      'Postgres keeps its log until a slot is read, and fills the disk with it',
      `start what reads it, or drop it: select pg_drop_replication_slot('${name}')`,
    );
  }
  if (lagBytes > MOST_SLOT_LAG) {
    return warn(
      what,
      lag,
      'changes reach lake and recommendations late',
      'look again in a minute; if it grows, read platform.log in the data folder',
    );
  }
  return ok(what, `read, ${lag} (${lagBytes} bytes)`);
}

function noSlot(): Finding {
  return fail(
    'replication slot',
    'there is none',
    'no change of the shop is captured',
    'stop and start again: npm start makes it',
  );
}

function judgeConsumers(consumers: PlatformFacts['consumers']): Finding {
  const total = consumers.reduce((sum, { waiting }) => sum + waiting, 0);
  const worst = [...consumers].sort((a, b) => b.waiting - a.waiting)[0];
  if (worst === undefined || worst.waiting <= MOST_WAITING) {
    return ok('consumer lag', `${total} records in ${consumers.length} consumers`);
  }
  return warn(
    'consumer lag',
    `${total} records, ${worst.waiting} of them for ${worst.groupId}`,
    'what these functions write is behind the shop',
    'look again in a minute; if it grows, read platform.log in the data folder',
  );
}

function judgeDeadLetters(deadLetters: PlatformFacts['deadLetters']): Finding {
  const filled = deadLetters.filter(({ records }) => records > 0);
  if (filled.length === 0) return ok('dead letters', 'none');
  return warn(
    'dead letters',
    filled.map(({ topic, records }) => `${records} in ${topic}`).join(', '),
    'a function failed on these records again and again and went on without them',
    'alerts.log in the data folder and the dashboard say why, each record once',
  );
}

function judgeQuarantine(rows: number | null): Finding {
  if (rows === 0) return ok('quarantine', 'empty');
  return warn(
    'quarantine',
    rows === null ? 'rows that the lake does not count' : `${rows} record${rows === 1 ? '' : 's'}`,
    'these could not be read, and are kept with their bytes and the reason',
    'read the column `reason` of the lake table quarantine/records',
  );
}

function judgeLastRun(run: LastRun | null): Finding {
  const what = 'last pipeline run';
  if (run === null) return ok(what, 'none yet');
  if (run.status !== 'failed') return ok(what, `${run.runId} ${run.status}`);
  const failed = run.failedJobs.map(({ job, error }) => `${job}: ${error ?? 'no reason recorded'}`);
  return warn(
    what,
    `${run.runId} failed (${failed.join('; ')})`,
    'features and model of the run before stay in use, and age',
    'mend the cause; then run it again: npx sls invoke local -f run-pipeline',
  );
}
