import { expect, it } from 'vitest';
import { parseConfig } from '../../../shared/runtime/config.ts';
import { settingsFor } from './settings-for.ts';

it('gives settings that the platform takes, for every server that it can use', () => {
  const settings = settingsFor({
    postgres: { url: 'postgres://shop:shop@127.0.0.1:15432/shop', version: '18.4' },
    kafka: { url: 'kafka://127.0.0.1:19092', version: '4.3.1' },
    connect: { url: 'http://127.0.0.1:18083', version: '4.3.1' },
    minio: { url: 'http://127.0.0.1:19000', version: '1', accessKeyId: 'key', secretAccessKey: 'secret' },
    redis: { url: 'redis://127.0.0.1:16379', version: '7' },
    dynamodb: { url: 'http://127.0.0.1:18000', version: '2' },
  });
  const config = parseConfig(settings, '/shop');
  expect(config.eventLog.place.kind).toBe('kafka');
  expect(config.changeCapture.kind).toBe('debezium');
  expect(config.lakehouse).toMatchObject({ kind: 's3', bucket: 'lake', credentials: { accessKeyId: 'key' } });
  expect(config.onlineStore.kind).toBe('redis');
  expect(config.controlTable.endpoint).toBe('http://127.0.0.1:18000');
  expect(config.shop.fill).toBe(true);
});

it('leaves to the embedded parts what has no server', () => {
  expect(settingsFor({ redis: { url: 'redis://127.0.0.1:16379', version: '7' } })).toEqual({
    ONLINE_STORE_URL: 'redis://127.0.0.1:16379',
  });
});
