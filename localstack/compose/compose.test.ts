import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../shared/runtime/config.ts';
import { SETTING_NAMES } from '../../shared/runtime/settings.ts';
import { FILES_WITH_IMAGES, IMAGES_WITHOUT_DIGEST, imagesIn } from './image-pins.ts';
import { pinProblem } from './image-reference.ts';

interface Service {
  readonly profiles?: readonly string[];
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly mem_limit?: string;
  readonly restart?: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
/** One-shot services end when their work is done. */
const staying = services.filter(([, { restart }]) => restart !== 'no');
const settings = parseEnv(read('localstack/compose/local.env'));

describe('docker-compose.yml', () => {
  it.each(services)('%s belongs to a profile', (_, { profiles }) => {
    expect(['core', 'bi', 'orchestration']).toEqual(expect.arrayContaining([...(profiles ?? [])]));
    expect(profiles).not.toHaveLength(0);
  });

  it.each(services)('%s says how much memory it may take and what happens at its end', (_, service) => {
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.restart).toMatch(/^(no|unless-stopped)$/);
  });

  it.each(staying)('%s, which stays, has a health check', (_, { healthcheck }) => {
    expect(healthcheck?.test.length).toBeGreaterThan(1);
  });

  it.each(services)('%s waits for what it needs in the right state', (_, { depends_on = {} }) => {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      const needed = compose.services[name];
      expect(condition).toBe(needed?.restart === 'no' ? 'service_completed_successfully' : 'service_healthy');
    }
  });

  it.each(services)(
    '%s finds what it needs in each of its profiles',
    (_, { profiles = [], depends_on = {} }) => {
      for (const name of Object.keys(depends_on)) {
        expect(compose.services[name]?.profiles).toEqual(expect.arrayContaining([...profiles]));
      }
    },
  );

  it.each(services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port] as const)))(
    '%s publishes %s on loopback, by a variable with a default',
    (_, port) => {
      expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+_PORT:-\d+\}:\d+$/);
    },
  );

  it('gives no port to two services', () => {
    const ports = services.flatMap(([, { ports = [] }]) => ports.map(hostPort));
    expect(new Set(ports).size).toBe(ports.length);
  });

  it.each(services.flatMap(([name, { volumes = [] }]) => volumes.map((volume) => [name, volume] as const)))(
    '%s mounts %s, which there is; files read-only, data in a named volume',
    (_, volume) => {
      const [source = '', , mode] = volume.split(':');
      if (source.startsWith('.')) {
        expect(existsSync(join(ROOT, source))).toBe(true);
        expect(mode).toBe('ro');
      } else expect(Object.keys(compose.volumes)).toContain(source);
    },
  );

  it('runs only files of ours that there are', () => {
    const files = services
      .flatMap(([, { command = [], healthcheck }]) => [...command, ...(healthcheck?.test ?? [])])
      .filter((word) => /^localstack\/.*\.ts$/.test(word));
    expect(files).not.toEqual([]);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('names no credential without a variable in front of it', () => {
    const secrets = services.flatMap(([name, { environment = {} }]) =>
      Object.entries(environment)
        .filter(([key]) => /PASSWORD|SECRET|ACCESS_KEY/.test(key))
        .map(([key, value]) => [name, key, value] as const),
    );
    expect(secrets).not.toEqual([]);
    expect(secrets.filter(([, , value]) => !/^\$\{[A-Z_]+:-[^}]+\}$/.test(value))).toEqual([]);
  });
});

describe('images', () => {
  const images = FILES_WITH_IMAGES.flatMap((file) => imagesIn(read(file)));

  it('are looked for where the compose file builds or pulls one', () => {
    const pulled = services.filter(([, { build }]) => build === undefined).map(([, { image }]) => image);
    expect(images).toEqual(expect.arrayContaining(pulled));
    const built = services.flatMap(([, { build }]) =>
      build === undefined ? [] : [join(build, 'Dockerfile')],
    );
    expect(FILES_WITH_IMAGES).toEqual(expect.arrayContaining(built));
  });

  it.each(images)('%s has an exact tag', (image) => {
    expect(pinProblem(image)).toBeNull();
  });

  it('without a digest are exactly the ones that are known to have none', () => {
    const without = images.filter((image) => !image.includes('@')).sort();
    expect(JSON.parse(read(IMAGES_WITHOUT_DIGEST))).toEqual(without);
  });
});

describe('local.env', () => {
  it('holds settings that the platform takes', () => {
    expect(Object.keys(settings).filter((name) => !SETTING_NAMES.some((known) => known === name))).toEqual(
      [],
    );
    expect(() => parseConfig(settings, ROOT)).not.toThrow();
  });

  it('names only ports that the compose file publishes', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports.map(hostPort));
    const named = Object.values(settings).flatMap((value) =>
      [...(value ?? '').matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port)),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(published).toEqual(expect.arrayContaining(named));
  });

  it('has the defaults of the compose file for every credential', () => {
    const inside = defaults(compose.services.connector?.environment ?? {});
    for (const name of [
      'S3_ACCESS_KEY_ID',
      'S3_SECRET_ACCESS_KEY',
      'CONNECT_DATABASE_URL',
      'LAKEHOUSE_URL',
    ]) {
      expect([name, settings[name]]).toEqual([name, inside[name]]);
    }
    const login = (url = '') => new URL(url).username + new URL(url).password + new URL(url).pathname;
    expect(login(settings.SHOP_DATABASE_URL)).toBe(login(inside.SHOP_DATABASE_URL));
  });
});

function hostPort(published: string): number {
  return Number(/:-(\d+)\}/.exec(published)?.[1]);
}

/** An environment as it is where no variable is set. */
function defaults(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace(/\$\{\w+:-([^}]*)\}/g, '$1')]),
  );
}
