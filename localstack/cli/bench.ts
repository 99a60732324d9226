import { cpus, totalmem } from 'node:os';
import { benchLmdbEventLog } from '../../shared/adapters/lmdb-event-log.bench.ts';
import { PlatformError } from '../../shared/errors.ts';
import { nearestName } from '../../shared/runtime/nearest-name.ts';
import { benchAls } from '../bench/als.bench.ts';
import { benchCdc, type CdcBenchOptions } from '../bench/cdc.bench.ts';
import { benchFreshness } from '../bench/freshness.bench.ts';
import { benchGorse } from '../bench/gorse.bench.ts';
import { benchKafkaMapping } from '../bench/kafka-mapping.bench.ts';
import { benchLake } from '../bench/lake.bench.ts';
import { benchLakeDay } from '../bench/lake-day.bench.ts';
import { benchOnlineStore } from '../bench/online-store.bench.ts';
import { benchRecommend } from '../bench/recommend.bench.ts';
import { benchSpark } from '../bench/spark.bench.ts';
import { benchTopK } from '../bench/top-k.bench.ts';
import { benchTrees } from '../bench/trees.bench.ts';
import { benchEventSourceMapping } from '../poller/event-source-mapping.bench.ts';
import { parseCommand, runCommand } from './arguments.ts';

interface BenchOptions extends CdcBenchOptions {
  readonly hours?: number;
  readonly orders?: string;
  readonly cut?: string;
}

type Bench = (print: (line: string) => void, options: BenchOptions) => Promise<void>;

const BENCHMARKS: Readonly<Record<string, Bench>> = {
  als: benchAls,
  cdc: benchCdc,
  freshness: benchFreshness,
  'event-log': (print) => benchLmdbEventLog(print),
  gorse: benchGorse,
  'kafka-mapping': benchKafkaMapping,
  lake: benchLake,
  'lake-day': (print, { hours }) => benchLakeDay(print, hours),
  mapping: (print) => benchEventSourceMapping(print),
  'online-store': benchOnlineStore,
  recommend: benchRecommend,
  spark: (print) => benchSpark(print),
  topk: benchTopK,
  trees: (print) => benchTrees(print),
};

await runCommand(async () => {
  const names = Object.keys(BENCHMARKS);
  const { positionals, values } = parseCommand({
    usage: `npm run bench -- ${names.join('|')}`,
    options: {
      changes: { type: 'integer', min: 1000, description: 'of cdc: changes to make (2,000,000)' },
      'only-ingest': { type: 'boolean', description: 'of cdc: neither a steady pace nor other consumers' },
      orders: {
        type: 'string',
        description: 'of als, gorse and recommend: CSV of the order lines of a real shop',
      },
      cut: { type: 'string', description: 'of gorse: the day before which purchases are known, YYYY-MM-DD' },
      hours: { type: 'integer', min: 1, description: 'of lake-day: simulated hours (24)' },
      profile: {
        type: 'string',
        description: 'of cdc, lake and recommend: folder for CPU profiles of our side',
      },
    },
    positionals: true,
  });
  const [name = ''] = positionals;
  const run = BENCHMARKS[name];
  if (run === undefined) {
    const meant = nearestName(name, names);
    throw new PlatformError(
      'invalid_arguments',
      `there is no benchmark ${JSON.stringify(name)}; ${meant === null ? `there are ${names.join(', ')}` : `did you mean ${meant}?`}`,
    );
  }
  const print = (line: string) => process.stdout.write(`${line}\n`);
  print(
    `machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
  await run(print, {
    ...(values.changes === undefined ? {} : { changes: values.changes }),
    ...(values.hours === undefined ? {} : { hours: values.hours }),
    ...(values.orders === undefined ? {} : { orders: values.orders }),
    ...(values.cut === undefined ? {} : { cut: values.cut }),
    ...(values['only-ingest'] === true ? { onlyIngest: true } : {}),
    ...(values.profile === undefined ? {} : { profileFolder: values.profile }),
  });
});
