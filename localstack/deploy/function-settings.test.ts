import { describe, expect, it } from 'vitest';
import { functionSettings } from './function-settings.ts';

const AWS = { cloud: 'aws', region: 'eu-central-1', endpoint: null } as const;
const EMULATOR = { cloud: 'ministack', region: 'eu-central-1', endpoint: 'http://127.0.0.1:4566' } as const;
const SERVERS = { EVENT_LOG_URL: 'kafka://kafka:9092', ONLINE_STORE_URL: 'redis://redis:6379' };

describe('the settings of deployed functions', () => {
  it("take lake and control table from the stack, and AWS's own endpoints", () => {
    expect(functionSettings(SERVERS, AWS)).toEqual({
      ...SERVERS,
      LOG_LEVEL: 'info',
      ALLOWED_HOSTS: '*',
      DATA_DIR: '/tmp/customer-insight',
      LAMBDA_ENDPOINT: 'https://lambda.eu-central-1.amazonaws.com',
      LAKEHOUSE_URL: { 'Fn::Join': ['', ['s3://', { Ref: 'LakeBucket' }]] },
      S3_REGION: 'eu-central-1',
      CONTROL_TABLE_NAME: { Ref: 'ControlTable' },
    });
  });

  it('lead to the emulator, which answers only to the names of this machine', () => {
    const environment = functionSettings(SERVERS, EMULATOR);
    expect(environment).toMatchObject({
      LAMBDA_ENDPOINT: 'http://127.0.0.1:4566',
      S3_ENDPOINT: 'http://127.0.0.1:4566',
    });
    expect(environment).not.toHaveProperty('ALLOWED_HOSTS');
  });

  it('keep a lake that is elsewhere in S3, with its keys', () => {
    const lake = {
      LAKEHOUSE_URL: 's3://lake/shop',
      S3_ENDPOINT: 'http://minio:9000',
      S3_ACCESS_KEY_ID: 'key',
      S3_SECRET_ACCESS_KEY: 'secret',
    };
    expect(functionSettings({ ...SERVERS, ...lake }, EMULATOR)).toMatchObject(lake);
  });

  it('keep a control table that is elsewhere', () => {
    const table = { CONTROL_TABLE_ENDPOINT: 'http://127.0.0.1:8000', CONTROL_TABLE_NAME: 'control' };
    expect(functionSettings({ ...SERVERS, ...table }, EMULATOR)).toMatchObject(table);
  });

  it('have nothing of the local platform: neither its password nor its folders and ports', () => {
    const environment = functionSettings(
      {
        ...SERVERS,
        SHOP_DATABASE_URL: 'postgres://shop:secret@db/shop',
        CONNECT_DATABASE_URL: 'postgres://capture:secret@db/shop',
        LAKEHOUSE_URL: 'file:lake',
        S3_ACCESS_KEY_ID: 'key',
        S3_SECRET_ACCESS_KEY: 'secret',
        DATA_DIR: '.data',
        PORT: '3000',
      },
      AWS,
    );
    expect(JSON.stringify(environment)).not.toMatch(/secret|\.data|file:/);
    expect(environment).not.toHaveProperty('PORT');
  });

  it('are refused where they name folders of this machine', () => {
    expect(() => functionSettings({}, AWS)).toThrow(
      'deployed functions share no folder with this machine · set EVENT_LOG_URL=kafka://host:port and ONLINE_STORE_URL=redis://host:port',
    );
  });
});
