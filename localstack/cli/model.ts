import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createModelRegistry } from '../../shared/control/index.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { openControlTable, openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import type { Config } from '../../shared/runtime/config.ts';
import { ALS_RECOMMENDER, modelFolder } from '../../shared/tables/index.ts';
import { startControlTable } from '../services/embedded/control-table/index.ts';
import { parseCommand, runCommand } from './arguments.ts';
import { lakehouseConfig } from './lakehouse-config.ts';
import { modelAction } from './model-actions.ts';
import { MODEL_SPEC, modelCommand } from './model-command.ts';
import { modelJson, modelText } from './model-report.ts';
import { readRuntime } from './runtime-file.ts';

await runCommand(async () => {
  const { values, positionals } = parseCommand(MODEL_SPEC);
  const command = modelCommand(positionals, values);
  const config = lakehouseConfig();
  const store = await openObjectStore(config);
  const result = await withControlTable(config, async (endpoint) =>
    modelAction(command, {
      registry: createModelRegistry(
        await openControlTable(config.controlTable.name, endpoint),
        ALS_RECOMMENDER,
      ),
      // Written last, so a folder with a manifest is whole.
      hasArtifact: async (version) => (await store.get(`${modelFolder(version)}/manifest.json`)) !== null,
      now: () => epochMillis(Date.now()),
    }),
  );
  process.stdout.write(command.json ? `${JSON.stringify(modelJson(result), null, 2)}\n` : modelText(result));
});

/** The control table of the platform that runs; else the one that is set, or the one in the data folder while nobody has it open. */
async function withControlTable<Result>(
  config: Config,
  use: (endpoint: string) => Promise<Result>,
): Promise<Result> {
  const known = runningEndpoint() ?? config.controlTable.endpoint;
  if (known !== null) return use(known);
  const path = resolve(config.dataDir, 'control-table');
  if (!existsSync(path)) {
    throw new PlatformError(
      'not_running',
      `there are no models in ${config.dataDir} yet · start the platform with: npm start, or check DATA_DIR`,
    );
  }
  const server = await startControlTable({ path, port: 0 });
  try {
    return await use(server.endpoint);
  } finally {
    await server.stop();
  }
}

function runningEndpoint(): string | null {
  try {
    return readRuntime().urls.controlTable;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'not_running') return null;
    throw error;
  }
}
