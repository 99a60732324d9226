/** One writer of `fs-object-store.writers.test.ts`: `<root> <writer> <commits>`. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { batchOfRows, field, openTable, schemaOf } from '../lake/index.ts';
import { openFolderStore } from './fs-object-store.ts';

const [root = '', writer = '', commits = ''] = process.argv.slice(2);
const schema = schemaOf(field('writer', 'string'), field('turn', 'integer'));
const table = openTable(await openFolderStore(root), 'shared', {
  now: Date.now,
  newId: randomUUID,
  random: Math.random,
  sleep: async (ms) => {
    await sleep(ms);
  },
});

for (let turn = 0; turn < Number(commits); turn++) {
  const outcome = await table.append({
    schema,
    batches: [batchOfRows(schema, [{ writer, turn }])],
    txns: [{ appId: `writer/${writer}`, version: turn, expected: turn === 0 ? null : turn - 1 }],
  });
  if (outcome.outcome !== 'committed')
    throw new Error(`turn ${turn} of writer ${writer}: ${JSON.stringify(outcome)}`);
}
