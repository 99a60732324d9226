import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { trinoClient } from './trino-client.ts';

let server: Server;

/** A coordinator that answers one statement after another with what is given; counts how many it was sent. */
async function coordinator(
  ...answers: readonly object[]
): Promise<{ readonly url: string; sent(): readonly string[] }> {
  const sent: string[] = [];
  server = createServer(async (request, response) => {
    let sql = '';
    for await (const chunk of request) sql += chunk;
    response.end(JSON.stringify(answers[sent.push(sql) - 1]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent: () => sent };
}

afterEach(() => new Promise((resolve) => server.close(resolve)));

const failed = (errorName: string) => ({
  error: { errorName, errorType: 'INTERNAL_ERROR', message: 'No nodes available to run query' },
});
const one = { columns: [{ name: 'n', type: 'integer' }], data: [[1]] };

it('sends a statement again while the coordinator sees none of its nodes', async () => {
  const { url, sent } = await coordinator(failed('NO_NODES_AVAILABLE'), one);
  expect((await trinoClient({ url }).query('SELECT 1 AS n')).rows).toEqual([[1]]);
  expect(sent()).toEqual(['SELECT 1 AS n', 'SELECT 1 AS n']);
});

it('sends no statement again that failed for another reason', async () => {
  const { url, sent } = await coordinator(failed('GENERIC_INTERNAL_ERROR'), one);
  await expect(trinoClient({ url }).query('SELECT 1 AS n')).rejects.toMatchObject({
    code: 'trino_query_failed',
    details: { errorName: 'GENERIC_INTERNAL_ERROR' },
  });
  expect(sent()).toHaveLength(1);
});
