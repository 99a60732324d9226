import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { lakeWritersContract } from './lake-writers.contract.ts';

const folder = await mkdtemp(join(tmpdir(), 'lake-writers-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

lakeWritersContract('a folder', async () => ({ folder }));
