import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { dot } from '../../shared/als/als-reference.ts';
import { type ItemIndex, indexItems, topItems } from '../../shared/als/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { percentile } from './percentiles.ts';
import { type PythonPeer, startPythonPeer } from './python-peer.ts';
import { type FactorSet, factorsOf, GAUSSIAN, SHOP_LIKE } from './top-k-factors.ts';

const RANK = 64;
const TOP = 10;
const SIZES = [20_000, 100_000, 1_000_000];
const ROUNDS = 20;
/** Queries of one side before it is the other's turn. */
const PER_ROUND = 50;
/** Queries whose answer is compared to a brute force. */
const CHECKED = 20;

/**
 * Exact top-10 of single queries beside faiss's exact search on the same factors: both sides take turns, and our answers must be
 * those of a float64 brute force.
 */
export async function benchTopK(print: (line: string) => void): Promise<void> {
  const script = fileURLToPath(new URL('top_k_peer.py', import.meta.url));
  const started = await startPythonPeer(script, process.env.PEERS_PYTHON ?? 'python3');
  if (started.missing !== null) {
    print(
      `without faiss (${started.missing}): name a Python with localstack/bench/requirements.txt in PEERS_PYTHON`,
    );
  } else {
    const { faiss, options, threads } = started.versions;
    print(`beside faiss ${faiss} IndexFlatIP (${options}), ${threads} threads at most`);
  }
  print(
    `exact top-${TOP} at rank ${RANK}, ${ROUNDS * PER_ROUND} single queries a side in turns of ${PER_ROUND}, ms`,
  );
  print(line('products', 'ours p50', 'p99', 'faiss p50', 'p99', 'threads', 'p50 ratio', 'p99 ratio'));
  const folder = await mkdtemp(join(tmpdir(), 'top-k-'));
  try {
    for (const set of [GAUSSIAN, SHOP_LIKE]) {
      for (const items of SIZES) {
        const bench = await prepare(set, items, folder, started.missing === null ? started.peer : null);
        print(await compare(bench));
      }
    }
  } finally {
    if (started.missing === null) await started.peer.close();
    await rm(folder, { recursive: true });
  }
  print('ratio: our time over theirs; every answer that was compared equals a brute force in float64');
}

interface Bench {
  readonly name: string;
  readonly index: ItemIndex;
  readonly queries: readonly Float32Array[];
  readonly peer: PythonPeer | null;
}

interface PeerAnswers {
  readonly seconds: readonly number[];
  readonly items: readonly (readonly number[])[];
}

/** @throws PlatformError `bench_results_differ` where an answer is not what the brute force finds */
async function prepare(
  set: FactorSet,
  items: number,
  folder: string,
  peer: PythonPeer | null,
): Promise<Bench> {
  const name = `${items.toLocaleString('en')}, ${set.name}`;
  const factors = factorsOf(set, 'items', items, RANK);
  const rows = factorsOf(GAUSSIAN, 'queries', ROUNDS * PER_ROUND, RANK);
  const queries = Array.from({ length: ROUNDS * PER_ROUND }, (_, at) =>
    rows.subarray(at * RANK, (at + 1) * RANK),
  );
  const index = indexItems(factors, RANK);
  for (const query of queries.slice(0, CHECKED)) {
    const [found, expected] = [topItems(index, query, TOP), bruteForce(factors, query)];
    if (found.items.every((item, at) => item === expected[at])) continue;
    throw new PlatformError(
      'bench_results_differ',
      `${name}: the index finds ${found.items.join(' ')}, a brute force ${expected.join(' ')}`,
    );
  }
  if (peer !== null) {
    const files = { items: join(folder, 'items.f32'), queries: join(folder, 'queries.f32') };
    await writeFile(files.items, factors);
    await writeFile(files.queries, rows);
    await peer.ask({ do: 'load', rank: RANK, ...files });
  }
  return { name, index, queries, peer };
}

async function compare({ name, index, queries, peer }: Bench): Promise<string> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  const threads = peer === null ? 0 : await bestThreads(peer);
  const runOurs = async (from: number): Promise<void> => {
    for (const query of queries.slice(from, from + PER_ROUND)) {
      const begin = performance.now();
      topItems(index, query, TOP);
      ours.push(performance.now() - begin);
    }
  };
  const runTheirs = async (from: number): Promise<void> => {
    if (peer === null) return;
    const { seconds, items } = await search(peer, from, from + PER_ROUND, threads);
    theirs.push(...seconds.map((each) => each * 1_000));
    for (const [at, found] of items.entries()) {
      requireAgreement(name, topItems(index, queries[from + at]!, TOP).items, found);
    }
  };
  for (let round = 0; round < ROUNDS; round++) {
    const turns = round % 2 === 0 ? [runOurs, runTheirs] : [runTheirs, runOurs];
    for (const turn of turns) await turn(round * PER_ROUND);
  }
  const [our50, our99, their50, their99] = [at(ours, 0.5), at(ours, 0.99), at(theirs, 0.5), at(theirs, 0.99)];
  const texts = [our50, our99, their50, their99].map((ms) => (Number.isNaN(ms) ? '-' : ms.toFixed(3)));
  const ratios = [our50 / their50, our99 / their99].map((ratio) =>
    Number.isNaN(ratio) ? '-' : ratio.toFixed(2),
  );
  return line(name, ...texts, threads === 0 ? '-' : String(threads), ...ratios);
}

/** One query alone may well be slower on several threads: whichever is faster here is used. */
async function bestThreads(peer: PythonPeer): Promise<number> {
  const { threads } = await peer.ask<{ readonly threads: number }>({ do: 'version' });
  const medians: number[] = [];
  for (let count = 1; count <= threads; count++) {
    const { seconds } = await search(peer, 0, PER_ROUND, count);
    medians.push(at(seconds, 0.5));
  }
  return medians.indexOf(Math.min(...medians)) + 1;
}

function search(peer: PythonPeer, from: number, to: number, threads: number): Promise<PeerAnswers> {
  return peer.ask<PeerAnswers>({ do: 'search', from, to, n: TOP, threads });
}

/** faiss sums in float32, so that neighbours in the order may change places, and the last may be another. */
function requireAgreement(name: string, ours: Int32Array, theirs: readonly number[]): void {
  const common = theirs.filter((item) => ours.includes(item)).length;
  if (common >= TOP - 1) return;
  throw new PlatformError(
    'bench_results_differ',
    `${name}: the index finds ${ours.join(' ')}, faiss ${theirs.join(' ')}`,
  );
}

function bruteForce(factors: Float32Array, query: Float32Array): number[] {
  const best: { item: number; score: number }[] = [];
  for (let item = 0; item < factors.length / RANK; item++) {
    const score = dot(query, 0, factors, item * RANK, RANK);
    if (best.length === TOP && score <= best[TOP - 1]!.score) continue;
    best.push({ item, score });
    best.sort((a, b) => b.score - a.score || a.item - b.item).splice(TOP);
  }
  return best.map(({ item }) => item);
}

function at(values: readonly number[], share: number): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    share,
  );
}

function line(what: string, ...columns: readonly string[]): string {
  return `${what.padEnd(36)}${columns.map((column) => column.padStart(11)).join('')}`;
}
