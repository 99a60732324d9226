import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('shows an example that runs', async () => {
  const readme = await readFile(new URL('./README.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const path = fileURLToPath(new URL(`./readme-example-${process.pid}.mts`, import.meta.url));
  await writeFile(path, example);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', path]);
    expect(stdout).toMatch(/^Float64Array\(5\) \[[^\]]+\]\nFloat64Array\(3\) \[[^\]]+\]\n$/);
  } finally {
    await rm(path);
  }
});
