import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';
import { describePlace } from './places.ts';

describe('parseConfig', () => {
  it('puts all state under the data folder by default', () => {
    const config = parseConfig({}, '/shop');
    expect(config.lakehouse).toEqual({ kind: 'folder', path: '/shop/.data/lakehouse' });
    expect(config.eventLog.place).toEqual({ kind: 'folder', path: '/shop/.data/event-log' });
    expect(config.onlineStore).toEqual({ kind: 'lmdb', path: '/shop/.data/online-store' });
    expect(config.changeCapture).toEqual({ kind: 'embedded' });
    expect(config.port).toBe(3000);
  });

  it('takes a folder from a URL, relative to the project', () => {
    expect(parseConfig({ LAKEHOUSE_URL: 'file:lake' }, '/shop').lakehouse).toEqual({
      kind: 'folder',
      path: '/shop/lake',
    });
  });

  it('chooses a real server by the scheme of its URL', () => {
    const config = parseConfig(
      {
        EVENT_LOG_URL: 'kafka://one:9092,two:9092',
        CHANGE_CAPTURE: 'debezium',
        CONNECT_URL: 'http://connect:8083',
        LAKEHOUSE_URL: 's3://lake/shop/',
        S3_ENDPOINT: 'http://minio:9000',
        S3_ACCESS_KEY_ID: 'key',
        S3_SECRET_ACCESS_KEY: 'secret',
        ONLINE_STORE_URL: 'redis://redis:6379',
      },
      '/shop',
    );
    expect(config.eventLog.place).toEqual({ kind: 'kafka', brokers: ['one:9092', 'two:9092'] });
    expect(config.changeCapture).toEqual({
      kind: 'debezium',
      connectUrl: 'http://connect:8083',
      databaseUrl: null,
    });
    expect(config.lakehouse).toEqual({
      kind: 's3',
      bucket: 'lake',
      prefix: 'shop',
      endpoint: 'http://minio:9000',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    });
    expect(config.onlineStore).toEqual({ kind: 'redis', url: 'redis://redis:6379' });
  });

  it('shows a place without its password', () => {
    expect(describePlace({ kind: 'redis', url: 'redis://user:secret@redis:6379/1' })).toBe(
      'redis://redis:6379/1',
    );
  });

  it('lets the API be asked from this machine only, unless told otherwise', () => {
    expect(parseConfig({}, '/shop').allowedHosts).toEqual(['localhost', '127.0.0.1', '[::1]']);
    expect(parseConfig({ ALLOWED_HOSTS: '*' }, '/shop').allowedHosts).toEqual(['*']);
    expect(parseConfig({ ALLOWED_HOSTS: 'a.example,b.example' }, '/shop').allowedHosts).toEqual([
      'a.example',
      'b.example',
    ]);
  });

  it('reads an empty variable as unset', () => {
    expect(parseConfig({ PORT: '' }, '/shop').port).toBe(3000);
  });

  it.each([
    [{ SHOP_SIZE: 'smal' }, 'did you mean small?'],
    [{ LAKEHOUSE_URL: 'gopher://lake' }, 'must look like file:<folder> or s3://bucket/prefix'],
    [{ EVENT_LOG_URL: 'kafka://broker' }, 'must look like file:<folder> or kafka://host:port'],
    [{ ONLINE_STORE_URL: 'redis+cluster://one' }, 'or redis+cluster://host:port'],
    [{ CHANGE_CAPTURE: 'debezium', CONNECT_URL: 'http://c:8083' }, 'set EVENT_LOG_URL=kafka://host:port'],
    [{ CHANGE_CAPTURE: 'debezium', EVENT_LOG_URL: 'kafka://b:9092' }, 'set CONNECT_URL='],
    [{ S3_ACCESS_KEY_ID: 'key' }, 'S3_SECRET_ACCESS_KEY is not'],
    [{ PORT: '70000' }, 'PORT=70000'],
    [{ ALLOWED_HOSTS: 'http://shop.example' }, 'must look like localhost,shop.example or *'],
    [{ LAKEHOSE_URL: 'file:x' }, 'did you mean LAKEHOUSE_URL?'],
    [{ ALERT_EMAIL_TO: 'ops@example.com' }, 'ALERT_SMTP_URL is not'],
    [{ COLD_PRODUCT_SHARE: '10' }, 'COLD_PRODUCT_SHARE=10'],
    [{ COLD_PRODUCT_DAYS: '90' }, 'COLD_PRODUCT_DAYS=90'],
  ])('refuses %j and says what was meant', (environment, message) => {
    expect(() => parseConfig(environment, '/shop')).toThrow(message);
  });

  it('tells what is wrong without a password', () => {
    const environment = {
      SHOP_DATABASE_URL: 'mysql://shop:hidden@host/shop',
      ALERT_SMTP_URL: 'user:hid@den@mail:25',
      ALERT_SLACK_WEBHOOK_URL: 'hooks.example/services/hidden',
    };
    expect(() => parseConfig(environment, '/shop')).toThrow(/SHOP_DATABASE_URL=…@host\/shop is wrong/);
    expect(() => parseConfig(environment, '/shop')).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/hid|den/) }),
    );
  });

  it('lists every wrong setting at once', () => {
    expect(() => parseConfig({ PORT: 'x', SHOP_SIZE: 'huge' }, '/shop')).toThrow(/PORT[\s\S]*SHOP_SIZE/);
  });
});
