import { describe, expect, it } from 'vitest';
import { parseImageReference, pinProblem } from './image-reference.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('parseImageReference', () => {
  it.each([
    ['postgres:18.4', 'docker.io', 'library/postgres', '18.4', null],
    ['apache/kafka:4.3.1', 'docker.io', 'apache/kafka', '4.3.1', null],
    [`quay.io/minio/minio:R1@${DIGEST}`, 'quay.io', 'minio/minio', 'R1', DIGEST],
    ['localhost:5000/own/thing:1', 'localhost:5000', 'own/thing', '1', null],
    ['localhost/thing', 'localhost', 'thing', null, null],
    [`redis@${DIGEST}`, 'docker.io', 'library/redis', null, DIGEST],
  ])('takes %s apart', (text, registry, repository, tag, digest) => {
    expect(parseImageReference(text)).toEqual({ registry, repository, tag, digest });
  });
});

describe('pinProblem', () => {
  it.each([
    'postgres:18.4-bookworm',
    'apache/kafka:4.3.1',
    'quay.io/debezium/connect:3.7.0.Final',
    'quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z',
    'trinodb/trino:476',
    'ghcr.io/versity/versitygw:v1.8.0',
    `node:24.11.1-bookworm-slim@${DIGEST}`,
  ])('accepts %s', (image) => expect(pinProblem(image)).toBeNull());

  it.each([
    ['postgres', 'has no tag'],
    [`postgres@${DIGEST}`, 'has no tag'],
    ['postgres:latest', 'has the moving tag latest'],
    ['postgres:18', 'has the moving tag 18'],
    ['postgres:18.4', 'has the moving tag 18.4'],
    ['quay.io/debezium/connect:3.7', 'has the moving tag 3.7'],
    ['redis:7-alpine', 'has the moving tag 7-alpine'],
    ['redis:7.4.9@sha256:12', 'has the malformed digest sha256:12'],
  ])('refuses %s: %s', (image, problem) => expect(pinProblem(image)).toBe(problem));
});
