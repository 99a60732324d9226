import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { settingsTable } from './settings-table.ts';

it('stands in README as it is: name, default and purpose of every setting', () => {
  expect(readFileSync(new URL('../README.md', import.meta.url), 'utf8')).toContain(settingsTable());
});
