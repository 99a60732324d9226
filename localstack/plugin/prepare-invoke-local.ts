import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFunctions } from './build-functions.ts';
import type { PlatformModule } from './platform.ts';

/** Before `serverless invoke local`: builds the functions and lends them the environment of the platform that runs beside. */
export async function prepareInvokeLocal(serviceDir: string, platform: PlatformModule): Promise<void> {
  const names = await buildFunctions(serviceDir);
  for (const name of names) {
    await writeFile(join(serviceDir, '.build', 'functions', name, 'handler.cjs'), REQUIRABLE);
  }
  // The function runs in this very process, whose environment osls has filled already.
  Object.assign(process.env, await platform.runningEnvironment?.(serviceDir));
}

/**
 * osls 4.3 looks for a handler with `require`, which finds no `.mjs`; serverless-offline and Lambda prefer the `.mjs`. Without
 * `--data` or `--path` osls passes an empty text where Lambda passes an empty object.
 */
const REQUIRABLE = `exports.handler = async (event, ...rest) =>
  (await import('./handler.mjs')).handler(event === '' ? {} : event, ...rest);
`;
