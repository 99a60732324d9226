import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvRecords } from './csv-records.ts';
import { type OrderLineEntry, readOrderLines } from './order-lines.ts';

const HEADER = 'invoice,stock_code,description,quantity,invoice_ts,unit_price,customer_id,country';
const GOOD = '536365,85123A,WHITE HEART,6,2010-12-01T08:26:00,2.55,17850,United Kingdom';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-lines-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: string | Buffer): Promise<OrderLineEntry[]> {
  const path = join(folder, 'orders.csv');
  await writeFile(path, content);
  const entries: OrderLineEntry[] = [];
  for await (const entry of readOrderLines(path)) entries.push(entry);
  return entries;
}

async function onlyLine(content: string | Buffer) {
  const [entry, ...others] = await read(content);
  expect(others).toEqual([]);
  if (entry?.kind !== 'line') throw new Error(`expected a line, got ${JSON.stringify(entry)}`);
  return entry.line;
}

describe('readOrderLines', () => {
  it('types a row and keeps its line number', async () => {
    expect(await onlyLine(`${HEADER}\n${GOOD}\n`)).toEqual({
      lineNumber: 2,
      invoice: '536365',
      stockCode: '85123A',
      description: 'WHITE HEART',
      quantity: 6,
      at: Date.UTC(2010, 11, 1, 8, 26),
      unitPrice: '2.55',
      customerId: '17850',
      country: 'United Kingdom',
      category: null,
    });
  });

  it('reads gzip whatever the name of the file', async () => {
    expect((await onlyLine(gzipSync(`${HEADER}\n${GOOD}\n`))).stockCode).toBe('85123A');
  });

  it("accepts UCI's own headings, its month-first times, a byte order mark and CRLF", async () => {
    const line = await onlyLine(
      '\uFEFFInvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\r\n' +
        '536365,85123A,HEART,6,12/1/2010 8:26,2.55,17850.0,France\r\n',
    );
    expect(line).toMatchObject({ at: Date.UTC(2010, 11, 1, 8, 26), customerId: '17850', country: 'France' });
  });

  it('reads the category where the file has one, and knows a line without customer', async () => {
    const line = await onlyLine(`${HEADER},category\n${GOOD.replace('17850', '')},Lights\n`);
    expect(line).toMatchObject({ customerId: null, category: 'Lights' });
  });

  it('reads quoted commas, doubled quotes and line breaks, and numbers the next row by its own line', async () => {
    const entries = await read(`${HEADER}\n${GOOD.replace('WHITE HEART', '"A, ""B""\nC"')}\n${GOOD}\n`);
    expect(
      entries.map((entry) => entry.kind === 'line' && [entry.line.lineNumber, entry.line.description]),
    ).toEqual([
      [2, 'A, "B"\nC'],
      [4, 'WHITE HEART'],
    ]);
  });

  it.each([
    ['quantity', ',6,', ',six,', 'quantity is no number: "six"'],
    [
      'time',
      '2010-12-01',
      '2010-02-30',
      'invoice_ts is no time such as 2010-12-01T08:26:00: "2010-02-30T08:26:00"',
    ],
    ['price', '2.55', 'NaN', 'unit_price is no number: "NaN"'],
    ['power of ten', '2.55', '1e999', 'unit_price is no number: "1e999"'],
    ['invoice', '536365', '', 'invoice is empty'],
    ['stock code', '85123A', ' ', 'stock_code is empty'],
    ['a field too many', ',6,', ',6,7,', '9 fields where the header has 8'],
    ['text after a quote', 'WHITE HEART', '"WHITE" HEART', 'text after the closing quote of field 3'],
    ['a quote left open', 'WHITE HEART', '"WHITE HEART', 'a quote is never closed'],
  ])('reports a bad %s with its line and goes on with the next row', async (_, part, broken, reason) => {
    const entries = await read(`${HEADER}\n${GOOD}\n${GOOD.replace(part, broken)}\n${GOOD}\n`);
    expect(entries.map((entry) => entry.kind)).toEqual(['line', 'bad', 'line']);
    expect(entries[1]).toEqual({ kind: 'bad', lineNumber: 3, reason });
  });

  it('reads numbers as data frames write small ones', async () => {
    const entries = await read(`${HEADER}\n${GOOD.replace('2.55', '9.5e-05').replace(',6,', ',1.5E+1,')}\n`);
    expect(entries).toMatchObject([{ kind: 'line', line: { unitPrice: '9.5e-05', quantity: 15 } }]);
  });

  it('names the missing column and the file that is not there', async () => {
    await expect(read('invoice,quantity\n1,2\n')).rejects.toMatchObject({
      code: 'order_file_header',
      message: expect.stringContaining('no column stock_code, invoice_ts, unit_price, customer_id'),
    });
    await expect(read('')).rejects.toMatchObject({ code: 'order_file_header' });
    await expect(
      readOrderLines(join(folder, 'none.csv'))[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({
      code: 'order_file_unreadable',
    });
  });

  it('says so when a gzip file ends too early', async () => {
    const whole = gzipSync(`${HEADER}\n${`${GOOD}\n`.repeat(500)}`);
    await expect(read(whole.subarray(0, whole.length - 20))).rejects.toMatchObject({
      code: 'order_file_unreadable',
    });
  });
});

describe('csvRecords', () => {
  it('reads back any table, however its text is cut into chunks', async () => {
    const table = fc.array(fc.array(fc.string(), { minLength: 2, maxLength: 4 }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
        const text = rows
          .map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(','))
          .join('\n');
        const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
        const read: (readonly string[] | null)[] = [];
        for await (const record of csvRecords(streamOf(chunks))) read.push(record.fields);
        expect(read).toEqual(rows);
      }),
    );
  });
});

async function* streamOf(chunks: readonly string[]): AsyncGenerator<string> {
  yield* chunks;
}
