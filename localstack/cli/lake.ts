import { mkdir } from 'node:fs/promises';
import { openTable } from '../../shared/lake/index.ts';
import { lakeEnvironment } from '../../shared/runtime/compose.ts';
import { openBulkDataFiles, openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import { parseCommand, runCommand } from './arguments.ts';
import { lakeAction } from './lake-actions.ts';
import { LAKE_SPEC, lakeCommand } from './lake-command.ts';
import { lakeJson, lakeText } from './lake-report.ts';
import { lakehouseConfig } from './lakehouse-config.ts';
import { progressPrinter } from './terminal.ts';

await runCommand(async () => {
  const { values, positionals } = parseCommand(LAKE_SPEC);
  const command = lakeCommand(positionals, values);
  const config = lakehouseConfig();
  const store = await openObjectStore(config);
  await mkdir(config.query.tempDir, { recursive: true });
  const dataFiles = await openBulkDataFiles(config);
  const progress = progressPrinter({
    isTty: process.stderr.isTTY === true,
    write: (text) => process.stderr.write(text),
    columns: () => process.stderr.columns,
  });
  const startedAt = performance.now();
  const stage = `${command.verb} ${command.table}`;
  const result = await lakeAction(command, {
    store,
    openTable: (path) => openTable(store, path, { ...lakeEnvironment, dataFiles }),
    now: Date.now,
    progress: (done, total, unit) => {
      progress({ type: 'stage-progress', stage, done, total, unit });
      if (done < total) return;
      const detail = `${total.toLocaleString('en')} ${unit}`;
      progress({ type: 'stage-finished', stage, detail, ms: Math.round(performance.now() - startedAt) });
    },
  });
  await dataFiles.close();
  process.stdout.write(command.json ? `${JSON.stringify(lakeJson(result), null, 2)}\n` : lakeText(result));
});
