import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openS3ObjectStore, type S3ObjectStoreOptions } from './s3-object-store.ts';

let server: Server | null = null;
afterEach(async () => {
  if (server === null) return;
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  server = null;
});

describe('opening a bucket', () => {
  it('refuses a store that writes an object twice in spite of the condition, and cleans up', async () => {
    const seen: string[] = [];
    const endpoint = await listen(200, seen);
    await expect(openS3ObjectStore(optionsOf(endpoint))).rejects.toMatchObject({
      code: 'object_store_not_atomic',
      retryable: false,
      message: expect.stringMatching(
        /^s3:\/\/shop\/lake at http:.*If-None-Match.*use a store that does: AWS S3/,
      ),
    });
    expect(seen.map((request) => request.replace(/[0-9a-f-]{36}.*$/, '<id>'))).toEqual([
      'PUT /shop/lake/.put-if-absent-probe/<id>',
      'PUT /shop/lake/.put-if-absent-probe/<id>',
      'DELETE /shop/lake/.put-if-absent-probe/<id>',
    ]);
  });

  it('refuses a store that does not know the condition', async () => {
    const seen: string[] = [];
    const endpoint = await listen(501, seen, 'NotImplemented');
    await expect(openS3ObjectStore(optionsOf(endpoint))).rejects.toMatchObject({
      code: 'object_store_not_atomic',
    });
    expect(seen).toHaveLength(1);
  });

  it('says which endpoint does not answer', async () => {
    const endpoint = 'http://127.0.0.1:1';
    await expect(openS3ObjectStore({ ...optionsOf(endpoint), maxAttempts: 2 })).rejects.toMatchObject({
      code: 'object_store_failed',
      retryable: true,
      message: expect.stringMatching(
        /s3:\/\/shop\/lake at http:\/\/127\.0\.0\.1:1: ECONNREFUSED.*tried 2 times$/,
      ),
    });
  });

  it.each(['/lake', 'lake/', 'a//b', '../x'])('refuses the prefix %j', async (prefix) => {
    await expect(openS3ObjectStore({ ...optionsOf('http://127.0.0.1:1'), prefix })).rejects.toMatchObject({
      code: 'lake_path_invalid',
    });
  });
});

function optionsOf(endpoint: string): S3ObjectStoreOptions {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return { bucket: 'shop', prefix: 'lake', endpoint, region: 'us-east-1', credentials };
}

/** A server that gives every request one answer, as stores do that have not heard of conditions. */
async function listen(status: number, seen: string[], code?: string): Promise<string> {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume().once('end', () => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(code === undefined ? '' : `<Error><Code>${code}</Code><Message>no</Message></Error>`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
