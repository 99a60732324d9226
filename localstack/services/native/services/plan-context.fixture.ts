import type { PlanContext } from '../service.ts';

/** A server `name` with its main port 1000 and the next one for whatever else it listens on. */
export function planContext(name: string, more: Partial<PlanContext> = {}): PlanContext {
  return {
    installed: { version: '1.2.3', folder: `/cache/${name}`, program: `/bin/${name}` },
    folder: `/data/${name}`,
    ports: { main: 1000, controller: 1001 },
    services: {
      kafka: { url: 'kafka://127.0.0.1:2000', version: '4' },
      minio: {
        url: 'http://127.0.0.1:3000',
        version: '1',
        accessKeyId: 'the-key',
        secretAccessKey: 'the-secret',
      },
    },
    freshId: 'AAAAAAAAAAAAAAAAAAAAAA',
    kept: false,
    ...more,
  };
}
