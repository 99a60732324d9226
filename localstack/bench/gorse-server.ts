/** Gorse (https://gorse.io, 0.4) in one process, with SQLite for data and cache. Its HTTP interface: https://gorse.io/docs/api/restful-api.html */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PlatformError } from '../../shared/errors.ts';
import { freePort } from '../services/free-port.ts';

export interface GorseSetUp {
  readonly name: string;
  /** Whether its worker keeps lists; where not, each answer is computed when it is asked for. */
  readonly kept: boolean;
  /** TOML. */
  readonly settings: string;
}

/** Its documented defaults but for what is named here; its worker looks for changes once a minute. */
const PURCHASES = `[recommend.data_source]
positive_feedback_types = ["purchase"]
`;
const REPLACEMENT = `[recommend.replacement]
enable_replacement = true
positive_replacement_decay = 1.0
`;
const EXACT_NEIGHBOURS = `[recommend.user_neighbors]
neighbor_type = "related"
enable_index = false
[recommend.item_neighbors]
neighbor_type = "related"
enable_index = false
`;
export const SET_UPS: readonly GorseSetUp[] = [
  { name: 'gorse, factorisation', kept: true, settings: `${PURCHASES}${REPLACEMENT}` },
  {
    name: 'gorse, neighbours',
    kept: true,
    settings: `${PURCHASES}${REPLACEMENT}${EXACT_NEIGHBOURS}[recommend.offline]
enable_collaborative_recommend = false
enable_user_based_recommend = true
enable_item_based_recommend = true
`,
  },
  {
    name: 'gorse, live by neighbours',
    kept: false,
    settings: `${PURCHASES}${EXACT_NEIGHBOURS}[recommend.offline]
enable_collaborative_recommend = false
[recommend.online]
fallback_recommend = ["user_based", "item_based"]
`,
  },
];

export interface GorseFeedback {
  readonly FeedbackType: string;
  readonly UserId: string;
  readonly ItemId: string;
  /** ISO 8601. */
  readonly Timestamp: string;
}

export interface GorseServer {
  insert(feedback: readonly GorseFeedback[]): Promise<void>;
  /** Item ids, best first. */
  recommend(user: number, n: number): Promise<string[]>;
  /** The list that the worker keeps for the user; empty as long as there is none. */
  kept(user: number): Promise<string[]>;
  stop(): Promise<void>;
}

const START_MS = 60_000;

/** @param settings of a set-up */
export async function startGorse(binary: string, folder: string, settings: string): Promise<GorseServer> {
  const [port, httpPort] = [await freePort(0), await freePort(0)];
  await writeFile(
    join(folder, 'config.toml'),
    `[database]
data_store = "sqlite://${join(folder, 'data.db')}"
cache_store = "sqlite://${join(folder, 'cache.db')}"
[master]
port = ${port}
host = "127.0.0.1"
http_port = ${httpPort}
http_host = "127.0.0.1"
n_jobs = 2
${settings}
`,
  );
  const log = join(folder, 'gorse.log');
  const child = spawn(binary, ['-c', 'config.toml', '--cache-path', 'one.data', '--recommend-jobs', '2'], {
    cwd: folder,
    stdio: ['ignore', openSync(log, 'a'), openSync(log, 'a')],
  });
  const url = `http://127.0.0.1:${httpPort}/api`;
  const ask = async <Answer>(path: string): Promise<Answer> => answerOf(await fetch(`${url}/${path}`));
  await ready(url, child, log);
  return {
    insert: async (feedback) => {
      await answerOf(
        await fetch(`${url}/feedback`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(feedback),
        }),
      );
    },
    // Where it has nothing it answers null.
    recommend: async (user, n) => (await ask<string[] | null>(`recommend/${user}?n=${n}`)) ?? [],
    kept: async (user) =>
      (
        (await ask<readonly { readonly Id: string }[] | null>(`intermediate/recommend/${user}?n=100`)) ?? []
      ).map(({ Id }) => Id),
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
  const text = await response.text();
  if (!response.ok)
    throw new PlatformError('bench_peer_failed', `gorse answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as Answer;
}

async function ready(url: string, child: ChildProcess, log: string): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await wait(100)) {
    if (child.exitCode !== null) break;
    const response = await fetch(`${url}/health/ready`).catch(() => null);
    if (response?.ok === true) return;
  }
  child.kill('SIGKILL');
  const said = (await readFile(log, 'utf8')).split('\n').slice(-5).join('\n');
  throw new PlatformError('bench_peer_failed', `gorse did not start: ${said}`);
}
