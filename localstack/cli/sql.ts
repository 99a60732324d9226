import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { openObjectStore, openQueryEngine } from '../../shared/runtime/compose-adapters.ts';
import { runCommand } from './arguments.ts';
import { lakehouseConfig } from './lakehouse-config.ts';
import { type Lakehouse, sqlCommand } from './sql-command.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads has seen enough, as `| head` does.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

await runCommand(() =>
  sqlCommand(
    process.argv.slice(2),
    {
      out: async (piece) => {
        if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
      },
      err: (piece) => process.stderr.write(piece),
      input: async () => (process.stdin.isTTY ? null : text(process.stdin)),
      now: () => performance.now(),
    },
    openLakehouse,
  ),
);

async function openLakehouse(): Promise<Lakehouse> {
  const config = lakehouseConfig();
  await mkdir(config.query.tempDir, { recursive: true });
  // The platform may run beside, with files of the same names.
  const tempDir = await mkdtemp(join(config.query.tempDir, 'sql-'));
  process.once('exit', () => rmSync(tempDir, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130));
  const store = await openObjectStore(config);
  const engine = await openQueryEngine({ ...config, query: { ...config.query, tempDir } }, async () => store);
  return { store, engine, close: () => engine.close() };
}
