import { expect, it } from 'vitest';
import { DEFINITIONS } from './definitions.ts';
import { SERVICE_NAMES } from './running-services.ts';
import { startOrder, stopOrder } from './service-order.ts';

it('starts what a server needs before it, each once', () => {
  expect(startOrder(['connect', 'redis', 'kafka'])).toEqual(['kafka', 'connect', 'redis']);
  expect(startOrder(['trino'])).toEqual(['minio', 'trino']);
  expect(startOrder([])).toEqual([]);
});

it('stops what needs a server before it', () => {
  expect(stopOrder(['kafka'])).toEqual(['connect', 'kafka']);
  expect(stopOrder(['minio', 'redis'])).toEqual(['trino', 'redis', 'minio']);
  expect(stopOrder(['connect'])).toEqual(['connect']);
  expect(stopOrder(SERVICE_NAMES)).toHaveLength(SERVICE_NAMES.length);
});

it.each(SERVICE_NAMES)('knows %s by its own name, with usual ports that no other one wants', (name) => {
  const { ports, name: ownName } = DEFINITIONS[name];
  expect(ownName).toBe(name);
  const others = SERVICE_NAMES.filter((other) => other !== name).flatMap((other) =>
    Object.values(DEFINITIONS[other].ports),
  );
  for (const port of Object.values(ports)) expect(others).not.toContain(port);
});
