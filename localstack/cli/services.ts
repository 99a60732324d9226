import { loadConfig } from '../../shared/runtime/config.ts';
import {
  foldersOf,
  installService,
  readRunningServices,
  type ServiceName,
  serviceStatus,
  settingsFor,
  startOrder,
  startService,
  stopOrder,
  stopService,
  VERSIONS,
  wipeService,
} from '../services/native/index.ts';
import { type ReportProgress, stage } from '../services/progress.ts';
import { parseCommand, runCommand } from './arguments.ts';
import { alignColumns, SERVICES_SPEC, servicesCommand, statusTable } from './services-command.ts';
import { progressPrinter } from './terminal.ts';

await runCommand(async () => {
  const { values, positionals } = parseCommand(SERVICES_SPEC);
  const { verb, names } = servicesCommand(positionals, values);
  const { dataDir } = loadConfig();
  const report = progressPrinter({
    isTty: process.stdout.isTTY === true,
    write: print,
    columns: () => process.stdout.columns,
  });
  switch (verb) {
    case 'up':
      return up(names, dataDir, report);
    case 'down':
      return down(names, dataDir, values.wipe === true, report);
    case 'status':
      return status(names, dataDir, values.json === true);
    case 'versions':
      return print(versionsText(values.json === true));
    case 'install':
      for (const name of startOrder(names)) {
        const { version, program } = await installService(name, { report });
        print(`${name} ${version} · ${program}\n`);
      }
  }
});

async function up(names: readonly ServiceName[], dataDir: string, report: ReportProgress): Promise<void> {
  for (const name of startOrder(names)) {
    await stage(
      report,
      name,
      () => startService(name, { dataDir, ports: 'usual', report }),
      ({ url, version, startedNow }) =>
        `${startedNow ? 'ready' : 'was running'} at ${withoutPassword(url)} · ${version}`,
    );
  }
  const settings = settingsFor(readRunningServices(dataDir));
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  if (lines.length > 0) print(`\nlines of .env that choose these servers:\n\n${lines.join('\n')}\n`);
}

async function down(
  names: readonly ServiceName[],
  dataDir: string,
  wipe: boolean,
  report: ReportProgress,
): Promise<void> {
  const order = stopOrder(names);
  for (const name of order) {
    const outcome = await stopService(name, dataDir);
    if (outcome === 'killed')
      report({ type: 'warning', message: `${name} did not end when told to, and was killed` });
    else if (outcome === 'ended') print(`${name} stopped\n`);
  }
  if (!wipe) return;
  const folders = foldersOf(order, dataDir);
  print(
    folders.length === 0
      ? 'there are no data to delete\n'
      : folders.map((folder) => `deleting ${folder}/\n`).join(''),
  );
  for (const name of order) await wipeService(name, dataDir);
}

async function status(names: readonly ServiceName[], dataDir: string, json: boolean): Promise<void> {
  const statuses = await Promise.all(names.map((name) => serviceStatus(name, dataDir)));
  print(json ? `${JSON.stringify(statuses, null, 2)}\n` : statusTable(statuses));
}

function versionsText(json: boolean): string {
  if (json) return `${JSON.stringify(VERSIONS, null, 2)}\n`;
  return alignColumns(Object.entries(VERSIONS).map(([name, { version, from }]) => [name, version, from]));
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:@/]+@/, '@');
}

function print(text: string): void {
  process.stdout.write(text);
}
