import { describe, expect, it } from 'vitest';
import { planLocalDeployment } from './plan-local-deployment.ts';

const server = (url: string) => ({ url, version: '1' });
const RUNNING = {
  postgres: server('postgres://shop:secret@127.0.0.1:5432/shop'),
  kafka: server('kafka://127.0.0.1:9092'),
  connect: server('http://127.0.0.1:8083'),
  redis: server('redis://127.0.0.1:6379'),
  minio: server('http://127.0.0.1:9000'),
  dynamodb: server('http://127.0.0.1:8000'),
  ministack: server('http://127.0.0.1:4566'),
};
const WANTED = { emulator: 'ministack', stage: 'local', schedule: null } as const;

describe('planLocalDeployment', () => {
  it('takes the servers that run here, and lake and control table of the emulator', () => {
    expect(planLocalDeployment(WANTED, RUNNING, {})).toEqual({
      ...WANTED,
      endpoint: 'http://127.0.0.1:4566',
      settings: {
        SHOP_DATABASE_URL: 'postgres://shop:secret@127.0.0.1:5432/shop',
        SHOP_FILL: 'true',
        EVENT_LOG_URL: 'kafka://127.0.0.1:9092',
        CHANGE_CAPTURE: 'debezium',
        CONNECT_URL: 'http://127.0.0.1:8083',
        ONLINE_STORE_URL: 'redis://127.0.0.1:6379',
      },
    });
  });

  it('lets a setting win over a server that runs', () => {
    const own = { ONLINE_STORE_URL: 'redis://elsewhere:6379', LAKEHOUSE_URL: 's3://lake' };
    expect(planLocalDeployment(WANTED, RUNNING, own).settings).toMatchObject(own);
  });

  it('names what is missing, with the command that starts it', () => {
    const { kafka: _, ministack: __, ...rest } = RUNNING;
    expect(() => planLocalDeployment(WANTED, rest, {})).toThrow(
      'a deployment to ministack needs kafka, ministack · npm run services -- up kafka ministack',
    );
  });

  it('does not take embedded capture, which nobody would host', () => {
    const own = { CHANGE_CAPTURE: 'embedded' };
    expect(() => planLocalDeployment(WANTED, RUNNING, own)).toThrow('needs connect');
  });
});
