import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IMAGES_WITHOUT_DIGEST, imagesIn, pinImages } from './image-pins.ts';
import { digestOf, OTHER_DIGEST as OLD, Registry } from './registry.fixture.ts';

const COMPOSE = `services:
  postgres:
    image: postgres:18.4-bookworm
  again:
    # image: postgres:18.4-bookworm, in words
    image: postgres:18.4-bookworm
  kafka:
    image: apache/kafka:4.3.1@${OLD}
  connect:
    image: quay.io/debezium/connect:3.7.0.Final
  own:
    image: customer-insight/superset:6.1.0
`;

describe('pinImages', () => {
  const registry = new Registry();
  let root: string;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'pin-images-'));
    write('docker-compose.yml', COMPOSE);
    write('localstack/compose/superset/Dockerfile', 'FROM apache/superset:6.1.0\nRUN true\n');
    registry.manifests.clear();
    registry.asked.length = 0;
    registry.lies = false;
    for (const name of [
      'library/postgres:18.4-bookworm',
      'apache/kafka:4.3.1',
      'debezium/connect:3.7.0.Final',
    ]) {
      registry.manifests.set(name, `{"schemaVersion":2,"name":"${name}"}`);
    }
    registry.manifests.set('apache/superset:6.1.0', '{"schemaVersion":2}');
    await registry.start();
  });

  afterEach(async () => {
    await registry.stop();
    rmSync(root, { recursive: true });
  });

  it('writes behind each tag the digest of its manifest, and nothing else', async () => {
    const report = await pinImages(root, () => registry.url);
    expect(report.failed).toEqual([]);
    const postgres = digestOf(registry.manifests.get('library/postgres:18.4-bookworm') ?? '');
    const kafka = digestOf(registry.manifests.get('apache/kafka:4.3.1') ?? '');
    const connect = digestOf(registry.manifests.get('debezium/connect:3.7.0.Final') ?? '');
    expect(read('docker-compose.yml')).toBe(
      COMPOSE.replaceAll('    image: postgres:18.4-bookworm', `    image: postgres:18.4-bookworm@${postgres}`)
        .replace(OLD, kafka)
        .replace('3.7.0.Final', `3.7.0.Final@${connect}`),
    );
    expect(read('localstack/compose/superset/Dockerfile')).toMatch(
      /^FROM apache\/superset:6\.1\.0@sha256:\w{64}\nRUN true\n$/,
    );
    expect(JSON.parse(read(IMAGES_WITHOUT_DIGEST))).toEqual([]);
    expect(registry.asked.filter((line) => line.includes('library/postgres'))).toHaveLength(2);
  });

  it('changes nothing the second time', async () => {
    await pinImages(root, () => registry.url);
    const once = read('docker-compose.yml');
    const report = await pinImages(root, () => registry.url);
    expect(report).toMatchObject({ changed: [], failed: [] });
    expect(report.unchanged).toHaveLength(4);
    expect(read('docker-compose.yml')).toBe(once);
  });

  it('leaves an image as it is whose tag the registry does not know, and says so', async () => {
    registry.manifests.delete('debezium/connect:3.7.0.Final');
    const { failed, changed } = await pinImages(root, () => registry.url);
    expect(failed).toEqual([
      {
        image: 'quay.io/debezium/connect:3.7.0.Final',
        reason: expect.stringMatching(/\/v2\/debezium\/connect\/manifests\/3\.7\.0\.Final answered 404/),
      },
    ]);
    expect(changed).toHaveLength(3);
    expect(JSON.parse(read(IMAGES_WITHOUT_DIGEST))).toEqual(['quay.io/debezium/connect:3.7.0.Final']);
  });

  it('believes no digest that its manifest does not have', async () => {
    registry.lies = true;
    const { failed, changed } = await pinImages(root, () => registry.url);
    expect(failed).toHaveLength(4);
    expect(failed[0]?.reason).toMatch(/announces sha256:0+ but its manifest is sha256:/);
    expect(changed).toEqual([]);
    expect(read('docker-compose.yml')).toBe(COMPOSE);
  });

  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
});

describe('imagesIn', () => {
  it('finds each image once, and none that is built here', () => {
    expect(imagesIn(COMPOSE)).toEqual([
      'postgres:18.4-bookworm',
      `apache/kafka:4.3.1@${OLD}`,
      'quay.io/debezium/connect:3.7.0.Final',
    ]);
  });
});
