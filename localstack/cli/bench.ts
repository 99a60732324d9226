import { cpus, totalmem } from 'node:os';
import { benchLmdbEventLog } from '../../shared/adapters/lmdb-event-log.bench.ts';
import { PlatformError } from '../../shared/errors.ts';
import { nearestName } from '../../shared/runtime/nearest-name.ts';
import { benchFreshness } from '../bench/freshness.bench.ts';
import { benchKafkaMapping } from '../bench/kafka-mapping.bench.ts';
import { benchOnlineStore } from '../bench/online-store.bench.ts';
import { parseCommand, runCommand } from './arguments.ts';

const BENCHMARKS: Readonly<Record<string, (print: (line: string) => void) => Promise<void>>> = {
  freshness: benchFreshness,
  'event-log': benchLmdbEventLog,
  'kafka-mapping': benchKafkaMapping,
  'online-store': benchOnlineStore,
};

await runCommand(async () => {
  const names = Object.keys(BENCHMARKS);
  const { positionals } = parseCommand({
    usage: `npm run bench -- ${names.join('|')}`,
    options: {},
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
  await run(print);
});
