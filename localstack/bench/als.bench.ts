import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import {
  type AlsModel,
  type AlsParameters,
  alsObjective,
  alsParameters,
  fitAls,
} from '../../shared/als/index.ts';
import { type InteractionSet, shopInteractions, syntheticInteractions } from './als-interactions.ts';
import { median } from './lake-sides.ts';
import { type PythonPeer, startPythonPeer } from './python-peer.ts';

const THREADS = 2;
const ROUNDS = 3;
/** Iterations of one side before it is the other's turn; the first is not counted, as threads and caches are cold in it. */
const ITERATIONS = 5;
const SOLVES: readonly { readonly solver: AlsParameters['solver']; readonly rank: number }[] = [
  { solver: 'conjugate-gradient', rank: 32 },
  { solver: 'conjugate-gradient', rank: 64 },
  { solver: 'conjugate-gradient', rank: 128 },
  { solver: 'cholesky', rank: 64 },
];
/** Exact solves of larger sets take minutes. */
const MOST_RATINGS_OF_EXACT = 3_000_000;

interface AlsBenchOptions {
  /** CSV of order lines of a real shop. */
  readonly orders?: string;
}

/**
 * Seconds an iteration beside benfred/implicit, on the same ratings and from the same start: both sides take turns, and both
 * sides' training loss is computed by the same code from the factors that they end with.
 */
export async function benchAls(
  print: (line: string) => void,
  { orders }: AlsBenchOptions = {},
): Promise<void> {
  const script = fileURLToPath(new URL('als_peer.py', import.meta.url));
  const started = await startPythonPeer(script, process.env.PEERS_PYTHON ?? 'python3');
  if (started.missing !== null) {
    print(
      `without implicit (${started.missing}): name a Python with localstack/bench/requirements.txt in PEERS_PYTHON`,
    );
  } else {
    const { implicit, numpy, scipy } = started.versions;
    print(`beside implicit ${implicit}, numpy ${numpy}, scipy ${scipy}; OPENBLAS_NUM_THREADS=1`);
  }
  print(
    `${THREADS} threads a side, ${ROUNDS} fits of ${ITERATIONS} iterations a side in turns; medians of an iteration's seconds without a fit's first`,
  );
  if (orders === undefined) print('without a real shop: name a CSV of order lines by --orders');
  print(line('interactions', 'solver', 'rank', 'ours', 'implicit', 'ratio', 'whole fit ratio', 'loss apart'));
  const folder = await mkdtemp(join(tmpdir(), 'als-bench-'));
  const peer = started.missing === null ? started.peer : null;
  try {
    for (const open of setsOf(orders)) {
      const set = await open();
      const files = await shareMatrix(set, folder, peer);
      for (const { solver, rank } of SOLVES) {
        const tooLong = solver === 'cholesky' && set.matrix.byUser.columns.length > MOST_RATINGS_OF_EXACT;
        if (!tooLong) print(await compare(set, solver, rank, files, peer));
      }
    }
  } finally {
    await peer?.close();
    await rm(folder, { recursive: true });
  }
  print('ratio: our time over theirs; loss apart: ours less theirs, in parts of theirs');
}

function setsOf(orders: string | undefined): (() => InteractionSet | Promise<InteractionSet>)[] {
  return [
    ...(orders === undefined ? [] : [() => shopInteractions(orders)]),
    () => syntheticInteractions({ users: 100_000, items: 20_000, interactions: 2_000_000 }),
    () => syntheticInteractions({ users: 140_000, items: 20_000, interactions: 8_000_000 }),
  ];
}

const ALPHA = 10;

/** implicit solves rows first: ours are items. Its confidence is our 1 + alpha × rating. */
async function shareMatrix(
  { matrix }: InteractionSet,
  folder: string,
  peer: PythonPeer | null,
): Promise<FactorFiles> {
  const { starts, columns, values } = matrix.byItem;
  const files = {
    starts: await writeArray(folder, 'starts', starts),
    columns: await writeArray(folder, 'columns', columns),
    values: await writeArray(
      folder,
      'values',
      values.map((value) => 1 + ALPHA * value),
    ),
  };
  await peer?.ask({ do: 'load', ...files, columnCount: matrix.userIds.length });
  return { rowFactors: join(folder, 'rowFactors'), columnFactors: join(folder, 'columnFactors') };
}

interface FactorFiles {
  readonly rowFactors: string;
  readonly columnFactors: string;
}

interface Fit {
  readonly model: AlsModel;
  readonly seconds: readonly number[];
  readonly whole: number;
}

async function compare(
  set: InteractionSet,
  solver: AlsParameters['solver'],
  rank: number,
  files: FactorFiles,
  peer: PythonPeer | null,
): Promise<string> {
  const parameters = alsParameters({
    rank,
    solver,
    maxIter: ITERATIONS,
    regParam: 0.1,
    regularisation: 'constant',
    implicitPrefs: true,
    alpha: ALPHA,
  });
  const start = await fitAls(set.matrix, { ...parameters, maxIter: 0 });
  const ours: Fit[] = [];
  const theirs: Fit[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const turns = [async () => ours.push(await ourFit(set, parameters))];
    if (peer !== null) turns.push(async () => theirs.push(await theirFit(start, parameters, files, peer)));
    if (round % 2 === 1) turns.reverse();
    for (const turn of turns) await turn();
  }
  const [own, other] = [medianOf(ours, ({ seconds }) => seconds), medianOf(theirs, ({ seconds }) => seconds)];
  const [ownWhole, otherWhole] = [
    medianOf(ours, ({ whole }) => [whole]),
    medianOf(theirs, ({ whole }) => [whole]),
  ];
  const [ownLoss, otherLoss] = [ours, theirs].map(([fit]) =>
    fit === undefined ? Number.NaN : alsObjective(set.matrix, fit.model),
  );
  return line(
    set.name,
    solver,
    String(rank),
    own.toFixed(4),
    peer === null ? '-' : other.toFixed(4),
    peer === null ? '-' : (own / other).toFixed(2),
    peer === null ? '-' : (ownWhole / otherWhole).toFixed(2),
    peer === null ? '-' : ((ownLoss! - otherLoss!) / otherLoss!).toExponential(1),
  );
}

async function ourFit({ matrix }: InteractionSet, parameters: AlsParameters): Promise<Fit> {
  const begin = performance.now();
  const ends: number[] = [];
  const model = await fitAls(matrix, parameters, {
    threads: THREADS,
    onProgress: () => ends.push(performance.now()),
  });
  const whole = (performance.now() - begin) / 1_000;
  return { model, whole, seconds: ends.slice(1).map((end, at) => (end - ends[at]!) / 1_000) };
}

/** From our own start, of which the peer is not charged the drawing. */
async function theirFit(
  start: AlsModel,
  parameters: AlsParameters,
  files: FactorFiles,
  peer: PythonPeer,
): Promise<Fit> {
  await writeFile(files.rowFactors, start.itemFactors);
  await writeFile(files.columnFactors, start.userFactors);
  const { seconds, whole } = await peer.ask<{ readonly seconds: readonly number[]; readonly whole: number }>({
    do: 'fit',
    rank: parameters.rank,
    regularization: parameters.regParam,
    useCg: parameters.solver === 'conjugate-gradient',
    iterations: parameters.maxIter,
    threads: THREADS,
    ...files,
  });
  const itemFactors = await readFloats(files.rowFactors);
  const userFactors = await readFloats(files.columnFactors);
  return { model: { ...start, itemFactors, userFactors }, whole, seconds: seconds.slice(1) };
}

async function readFloats(file: string): Promise<Float32Array> {
  const bytes = await readFile(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

async function writeArray(folder: string, name: string, numbers: Int32Array | Float32Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, numbers);
  return path;
}

function medianOf(fits: readonly Fit[], secondsOf: (fit: Fit) => readonly number[]): number {
  return median(fits.flatMap(secondsOf));
}

function line(set: string, solver: string, ...cells: readonly string[]): string {
  return [set.padEnd(16), solver.padEnd(19), ...cells.map((cell) => cell.padStart(16))].join('');
}
