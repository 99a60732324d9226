import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InteractionEntry, readInteractions } from './atomic-inter.ts';
import { interactionHistory } from './purchase-history.ts';

const HEADER = 'user_id:token\titem_id:token\trating:float\ttimestamp:float';
const NOON = Date.UTC(2024, 4, 1, 12);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atomic-inter-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(content: string | Buffer): Promise<string> {
  const path = join(folder, 'shop.inter');
  await writeFile(path, content);
  return path;
}

async function read(content: string | Buffer): Promise<InteractionEntry[]> {
  const entries: InteractionEntry[] = [];
  for await (const entry of readInteractions(await file(content))) entries.push(entry);
  return entries;
}

describe('readInteractions', () => {
  it.each([
    ['seconds', '1714564800', NOON],
    ['fractions of a second', '1714564800.25', NOON + 250],
    ['a float in scientific notation', '1.7145648e9', NOON],
    ['milliseconds', '1714564800000', NOON],
  ])('reads a timestamp in %s', async (_, timestamp, at) => {
    expect(await read(`${HEADER}\r\n7\tA-1\t4.5\t${timestamp}\r\n`)).toEqual([
      { kind: 'interaction', interaction: { lineNumber: 2, user: '7', item: 'A-1', at } },
    ]);
  });

  it('reads gzip whatever the name of the file, and a last line without an end', async () => {
    expect(await read(gzipSync(`${HEADER}\n7\tA-1\t4.5\t0`))).toHaveLength(1);
  });

  it.each([
    ['a field too few', '7\tA\t1', '3 fields where the header has 4'],
    ['no user', '\tA\t1\t0', 'user_id is empty'],
    ['no item', '7\t \t1\t0', 'item_id is empty'],
    ['a date', '7\tA\t1\t2024-05-01', 'timestamp is no number of seconds since 1970: "2024-05-01"'],
    ['a time before 1970', '7\tA\t1\t-5', 'timestamp is no number of seconds since 1970: "-5"'],
  ])('reports a line with %s by its number and goes on', async (_, line, reason) => {
    const entries = await read(`${HEADER}\n1\tB\t1\t0\n${line}\n2\tC\t1\t0\n`);
    expect(entries.map(({ kind }) => kind)).toEqual(['interaction', 'bad', 'interaction']);
    expect(entries[1]).toEqual({ kind: 'bad', lineNumber: 3, reason });
  });

  it('names the field that is missing and the file that is not there', async () => {
    await expect(read('user_id:token\titem_id:token\n1\t2\n')).rejects.toMatchObject({
      code: 'order_file_header',
      message: expect.stringContaining('no field timestamp:float'),
    });
    await expect(read('')).rejects.toMatchObject({ code: 'order_file_header' });
    const none = readInteractions(join(folder, 'none.inter'))[Symbol.asyncIterator]().next();
    await expect(none).rejects.toMatchObject({ code: 'order_file_unreadable' });
  });

  it('reads back any interactions', async () => {
    const token = fc.stringMatching(/^[\w.-]{1,12}$/);
    const rows = fc.array(fc.tuple(token, token, fc.integer({ min: 0, max: 4e9 })), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(rows, async (written) => {
        const lines = written.map(([user, item, seconds]) => `${user}\t${item}\t1\t${seconds}`);
        const entries = await read([HEADER, ...lines, ''].join('\n'));
        expect(
          entries.map(
            (entry) =>
              entry.kind === 'interaction' && [
                entry.interaction.user,
                entry.interaction.item,
                entry.interaction.at / 1000,
              ],
          ),
        ).toEqual(written);
      }),
      { numRuns: 30 },
    );
  });
});

describe('interactionHistory', () => {
  it('takes what a customer has on one UTC day for one basket', async () => {
    const day = Date.UTC(2024, 4, 1) / 1000;
    const lines = [
      [1, 'tea', day],
      [1, 'jam', day + 86_399],
      [1, 'tea', day + 60],
      [1, 'tea', day + 86_400],
      [2, 'tea', day],
    ].map(([user, item, at]) => `${user}\t${item}\t5\t${at}`);
    const history = await interactionHistory(readInteractions(await file([HEADER, ...lines].join('\n'))));
    expect(history).toMatchObject({ lines: 5, bad: [], customers: 2, products: 2 });
    expect(
      history.purchases.map(({ customer, product, basket, quantity }) => [
        customer,
        product,
        basket,
        quantity,
      ]),
    ).toEqual([
      [1, 2, 1, 2],
      [1, 1, 1, 1],
      [1, 2, 2, 1],
      [2, 2, 3, 1],
    ]);
  });
});
