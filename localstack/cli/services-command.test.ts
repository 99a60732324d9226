import { describe, expect, it } from 'vitest';
import { SERVICE_NAMES } from '../services/native/index.ts';
import { alignColumns, servicesCommand, statusTable } from './services-command.ts';

const NO_OPTIONS = { wipe: undefined, json: undefined };
const CORE = ['postgres', 'kafka', 'connect', 'minio', 'redis', 'dynamodb'];

describe('servicesCommand', () => {
  it.each([
    { words: ['up'], names: CORE },
    { words: ['install'], names: CORE },
    { words: ['down'], names: SERVICE_NAMES },
    { words: ['status'], names: SERVICE_NAMES },
    { words: ['up', 'trino', 'redis'], names: ['trino', 'redis'] },
    { words: ['up', 'all'], names: SERVICE_NAMES },
  ])('takes $words', ({ words, names }) => {
    expect(servicesCommand(words, NO_OPTIONS)).toEqual({ verb: words[0], names });
  });

  it.each([
    { words: [], options: NO_OPTIONS, says: 'say what to do: up, down, status, versions, install' },
    { words: ['dwon'], options: NO_OPTIONS, says: 'unknown command "dwon"; known: up' },
    { words: ['statsu'], options: NO_OPTIONS, says: 'unknown command "statsu"; did you mean status?' },
    { words: ['up', 'rediss'], options: NO_OPTIONS, says: 'unknown service "rediss"; did you mean redis?' },
    { words: ['up', 'mysql'], options: NO_OPTIONS, says: 'known: postgres, kafka' },
    { words: ['up'], options: { wipe: true, json: undefined }, says: '--wipe goes with down, not with up' },
    {
      words: ['down'],
      options: { wipe: undefined, json: true },
      says: '--json goes with status or versions',
    },
  ])('refuses $words $options', ({ words, options, says }) => {
    expect(() => servicesCommand(words, options)).toThrow(
      expect.objectContaining({ code: 'invalid_arguments', message: expect.stringContaining(says) }),
    );
  });
});

it('shows a server that runs and one that was never started', () => {
  const text = statusTable([
    {
      name: 'redis',
      state: 'ready',
      version: '7.0.15',
      url: 'redis://127.0.0.1:16379',
      pid: 42,
      memoryBytes: 12 * 1024 * 1024,
      logFile: '/data/services/redis/redis.log',
    },
    {
      name: 'kafka',
      state: 'stopped',
      version: null,
      url: null,
      pid: null,
      memoryBytes: null,
      logFile: null,
    },
  ]);
  expect(text).toBe(
    'redis  ready    7.0.15  redis://127.0.0.1:16379  pid 42  12 MB  /data/services/redis/redis.log\n' +
      'kafka  stopped\n',
  );
});

it('aligns columns and ends each line without spaces', () => {
  expect(
    alignColumns([
      ['a', 'bb'],
      ['ccc', 'd'],
    ]),
  ).toBe('a    bb\nccc  d\n');
  expect(alignColumns([])).toBe('');
});
