import { expect, it, vi } from 'vitest';
import { alsMemory } from '../als/als-wasm-memory.ts';
import { interactionMatrix } from '../als/interaction-matrix.ts';
import { wasmBase64 } from '../als/kernel/als.wasm.ts';
import { alsParameters } from '../als/parameters.ts';
import { KERNEL_THREAD, startTeam } from './kernel-team.ts';

const DATA = [1, 2];
/** Number of the crew's word `arrived`, see `assembly/crew.ts`. */
const ARRIVED = 1;

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
      code: 'kernel_thread',
      retryable: true,
      message: expect.stringContaining(reason),
    });
    await expect(team.run('iterate')).rejects.toMatchObject({ code: 'kernel_thread' });
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

it('ends a thread of the kernel that waits for one that is gone', async () => {
  const ids = Int32Array.from({ length: 400_000 }, (_, at) => at % 200);
  const matrix = interactionMatrix({ users: ids, items: ids, values: new Float32Array(ids.length).fill(1) });
  const { memory, plan, crew, scratches } = await alsMemory(
    matrix,
    alsParameters({ implicitPrefs: true }),
    2,
  );
  expect(scratches).toHaveLength(2);
  const module = new WebAssembly.Module(Buffer.from(wasmBase64, 'base64'));
  const team = startTeam(KERNEL_THREAD, [{ module, memory, plan, thread: 0, scratch: scratches[0] }]);
  const words = new Int32Array(memory.buffer, crew, 2);
  const never = team.run('iterate');
  const first = await Promise.race([
    never.then(() => 'answered'),
    vi.waitFor(() => expect(words.at(ARRIVED)).toBe(1), { timeout: 10_000 }).then(() => 'waiting'),
  ]);
  await team.close();
  expect(first).toBe('waiting');
});
