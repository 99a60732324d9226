import { expect, it } from 'vitest';
import { startTeam } from './als-wasm-team.ts';

const DATA = [1, 2];

it.each([
  ['throws', "throw new Error('out of luck')", 'out of luck'],
  ['exits', 'process.exit(3)', 'exit code 3'],
])('fails every command from when a thread %s', async (_, end, reason) => {
  const team = startTeam(
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', (command) => { if (command === 'publish') { ${end} } parentPort.postMessage(true); });`,
    DATA,
  );
  try {
    await team.run('iterate');
    await expect(team.run('publish')).rejects.toMatchObject({
      code: 'als_thread',
      retryable: true,
      message: expect.stringContaining(reason),
    });
    await expect(team.run('iterate')).rejects.toMatchObject({ code: 'als_thread' });
  } finally {
    await team.close();
  }
});

it('ends threads that would never answer', async () => {
  const team = startTeam(
    "require('node:worker_threads').parentPort.on('message', () => { for (;;); });",
    DATA,
  );
  const never = team.run('iterate');
  await team.close();
  const first = await Promise.race([never.then(() => 'answered'), Promise.resolve('waiting')]);
  expect(first).toBe('waiting');
});
