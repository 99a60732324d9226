import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hottestOf, openCpuProfiles } from './cpu-profile.ts';

describe('CPU profiles', () => {
  it('name the place that a run spent its time in, and keep the longest run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'profiles-'));
    const profiles = await openCpuProfiles(folder);
    await profiles.run(async () => spinAbout(5));
    await profiles.run(async () => spinAbout(150));
    const hottest = await profiles.finish('a piece of work');
    // V8 may tell of the function that it was inlined into.
    const place = expect.stringMatching(/^localstack\/bench\/cpu-profile\.test\.ts:\d+$/);
    expect(hottest.map((hot) => hot.place)).toContainEqual(place);
    expect(await readdir(folder)).toEqual(['a-piece-of-work.cpuprofile']);
    const written = JSON.parse(await readFile(join(folder, 'a-piece-of-work.cpuprofile'), 'utf8'));
    expect(written.endTime - written.startTime).toBeGreaterThan(100_000);
    expect(await profiles.finish('nothing')).toEqual([]);
    profiles.close();
    await rm(folder, { recursive: true });
  });

  it('leave out what the thread waited', () => {
    const times = new Map([
      ['(idle)\n', 900],
      ['decode\nshared/a.ts:3', 75],
      ['(garbage collector)\n', 25],
    ]);
    expect(hottestOf(times)).toEqual([
      { name: 'decode', place: 'shared/a.ts:3', share: 0.75 },
      { name: '(garbage collector)', place: '', share: 0.25 },
    ]);
  });
});

function spinAbout(ms: number): number {
  const end = performance.now() + ms;
  let sum = 0;
  while (performance.now() < end) for (let i = 0; i < 10_000; i += 1) sum += i;
  return sum;
}
