import { loadConfig, type Overrides, settingsEnvironment } from '../../shared/runtime/config.ts';
import { jsonLogger } from '../../shared/runtime/logger.ts';
import {
  EMULATORS,
  type Emulator,
  type LocalDeployment,
  planLocalDeployment,
  removeLocalDeployment,
  runLocalDeployment,
} from '../deploy/index.ts';
import { lockDataFolder } from '../services/data-folder-lock.ts';
import { readRunningServices } from '../services/native/index.ts';
import { type CommandSpec, invalidArguments, parseCommand, runCommand } from './arguments.ts';
import { progressPrinter } from './terminal.ts';

const SPEC = {
  usage:
    'npm run deploy:local -- [--to ministack|localstack] [--stage NAME] [--schedule WHEN] [--size default|small] [--remove]',
  options: {
    to: { type: 'string', description: `the emulator of AWS: ${EMULATORS.join(' or ')} (ministack)` },
    stage: { type: 'string', description: 'stage of the deployment (local, of LocalStack: localstack)' },
    schedule: { type: 'string', description: 'when the pipeline runs (rate(10 minutes))' },
    size: { type: 'string', description: 'size of the generated shop: default or small' },
    remove: { type: 'boolean', description: 'remove the deployed stage instead' },
  },
} as const satisfies CommandSpec<Record<string, { type: 'string' | 'boolean'; description: string }>>;

/** The platform with its functions deployed to an emulator of AWS on this machine; Ctrl-C stops what runs beside them. */
await runCommand(async () => {
  const { values } = parseCommand(SPEC);
  const emulator = emulatorOf(values.to ?? 'ministack');
  const overrides: Overrides = values.size === undefined ? {} : { SHOP_SIZE: values.size };
  const { dataDir, logLevel } = loadConfig(overrides);
  const deployment = planLocalDeployment(
    { emulator, stage: values.stage ?? STAGES[emulator], schedule: values.schedule ?? null },
    readRunningServices(dataDir),
    settingsEnvironment(overrides),
  );
  const unlock = lockDataFolder(dataDir);
  try {
    if (values.remove === true) await removeLocalDeployment(deployment, process.cwd(), print);
    else await run(deployment, logLevel);
  } finally {
    unlock();
  }
});

async function run(deployment: LocalDeployment, logLevel: Parameters<typeof jsonLogger>[1]) {
  await runLocalDeployment({
    deployment,
    cwd: process.cwd(),
    report: progressPrinter({
      isTty: process.stdout.isTTY === true,
      write: print,
      columns: () => process.stdout.columns,
    }),
    write: print,
    logger: jsonLogger('deploy-local', logLevel, (line) => print(`${line}\n`)),
    signal: stopSignal(),
  });
}

/** The second signal ends the process. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
    });
  }
  return stopping.signal;
}

const STAGES: Readonly<Record<Emulator, string>> = { ministack: 'local', localstack: 'localstack' };

function emulatorOf(name: string): Emulator {
  const emulator = EMULATORS.find((known) => known === name);
  if (emulator === undefined)
    throw invalidArguments(`--to must be ${EMULATORS.join(' or ')}, got ${name}`, SPEC);
  return emulator;
}

function print(text: string): void {
  process.stdout.write(text);
}
