import { createModelRegistry } from '../../shared/control/index.ts';
import { findSnapshot, rowCount } from '../../shared/lake/index.ts';
import { openControlTable, openEventLog, openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import { type Config, parseConfig } from '../../shared/runtime/config.ts';
import { describePlace } from '../../shared/runtime/places.ts';
import { ALS_RECOMMENDER, LAKE_TABLES } from '../../shared/tables/index.ts';
import { consumerLag } from '../services/consumer-lag.ts';
import { memoryOfTree } from '../services/process-memory.ts';
import type { RuntimeState } from '../services/runtime-state.ts';
import { parseCommand, runCommand } from './arguments.ts';
import { readRuntime } from './runtime-file.ts';

await runCommand(async () => {
  const { values } = parseCommand({
    usage: 'npm run status -- [--json]',
    options: { json: { type: 'boolean', description: 'one JSON object instead of text' } },
  });
  const status = await platformStatus(readRuntime());
  process.stdout.write(values.json === true ? `${JSON.stringify(status, null, 2)}\n` : statusText(status));
});

type Status = Awaited<ReturnType<typeof platformStatus>>;

async function platformStatus(runtime: RuntimeState) {
  const config = parseConfig(runtime.environment, process.cwd());
  const memory = memoryOfTree(runtime.pid, runtime.pids);
  return {
    ready: runtime.ready,
    urls: runtime.urls,
    adapters: {
      shop_database: runtime.pids.length > 0 ? 'embedded' : 'external',
      change_capture: config.changeCapture.kind,
      event_log: describePlace(config.eventLog.place),
      object_store: describePlace(config.lakehouse),
      online_store: describePlace(config.onlineStore),
      control_table: runtime.urls.controlTable,
      query_engine: 'duckdb',
    },
    tables: await tableStatus(config),
    model: await modelStatus(config.controlTable.name, runtime.urls.controlTable),
    lag: await lagStatus(config, runtime.consumers),
    memory: {
      resident_mb: Math.round(memory.reduce((sum, { pssBytes }) => sum + pssBytes, 0) / 2 ** 20),
      processes: memory.length,
    },
  };
}

async function tableStatus(config: Config) {
  const store = await openObjectStore(config);
  const tables: { name: string; version: number; rows: number | null }[] = [];
  for (const { name } of LAKE_TABLES) {
    const snapshot = await findSnapshot(store, name);
    if (snapshot !== null) tables.push({ name, version: snapshot.version, rows: rowCount(snapshot) });
  }
  return tables;
}

async function modelStatus(tableName: string, endpoint: string) {
  const table = await openControlTable(tableName, endpoint);
  const registry = createModelRegistry(table, ALS_RECOMMENDER);
  const live = await registry.live();
  if (live === null) return null;
  const model = await registry.get(live.version);
  return { version: live.version, metrics: model?.metrics ?? {}, baselines: model?.baselines ?? {} };
}

/** Records that each consumer has yet to commit, by function and topic. */
async function lagStatus(config: Config, consumers: RuntimeState['consumers']) {
  const eventLog = await openEventLog(config);
  try {
    const lag = await consumerLag(eventLog, consumers);
    return Object.fromEntries(lag.map(({ groupId, topic, waiting }) => [`${groupId} ${topic}`, waiting]));
  } finally {
    await eventLog.close();
  }
}

function statusText(status: Status): string {
  const behind = Object.entries(status.lag).filter(([, records]) => records > 0);
  return [
    status.ready ? 'ready' : 'starting',
    '',
    ...Object.entries(status.urls).map(
      ([name, url]) => `  ${name.padEnd(14)} ${url.replace(/:[^:@/]+@/, ':…@')}`,
    ),
    '',
    '  table                              version        rows',
    ...status.tables.map(
      ({ name, version, rows }) =>
        `  ${name.padEnd(34)} ${String(version).padStart(7)} ${(rows?.toLocaleString('en') ?? '?').padStart(11)}`,
    ),
    '',
    `  model          ${status.model === null ? 'none yet' : `${status.model.version}  ${figures(status.model.metrics)}`}`,
    `  lag            ${behind.length === 0 ? 'none' : behind.map(([name, records]) => `${name} ${records}`).join(', ')}`,
    `  memory         ${status.memory.resident_mb} MB resident in ${status.memory.processes} processes`,
    '',
  ].join('\n');
}

function figures(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(3)}`)
    .join('  ');
}
