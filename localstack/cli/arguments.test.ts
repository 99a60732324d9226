import { describe, expect, it } from 'vitest';
import { PlatformError } from '../../shared/errors.ts';
import { parseCommand, usageText } from './arguments.ts';

const SPEC = {
  usage: 'npm run order -- --user ID --product ID',
  options: {
    user: { type: 'integer', description: 'who buys', required: true, min: 1 },
    rate: { type: 'number', description: 'orders per second', min: 0, max: 100 },
    at: { type: 'time', description: 'when' },
    file: { type: 'string', description: 'path of a file' },
    json: { type: 'boolean', description: 'as JSON' },
  },
} as const;

describe('parseCommand', () => {
  it('gives every option its type, and undefined where it was not given', () => {
    const args = ['--user', '42', '--rate=0.5', '--at', '2026-03-31', '--json'];
    expect(parseCommand(SPEC, args)).toEqual({
      values: { user: 42, rate: 0.5, at: new Date('2026-03-31'), json: true },
      positionals: [],
    });
    expect(parseCommand(SPEC, ['--user', '1']).values.file).toBeUndefined();
  });

  it.each([
    { args: ['--usr', '42'], says: 'unknown option --usr; did you mean --user?' },
    { args: ['--entirely-else'], says: 'known: --user, --rate, --at, --file, --json, --help' },
    { args: ['-u', '42'], says: 'unknown option -u' },
    { args: [], says: '--user is missing: who buys' },
    { args: ['--user'], says: '--user needs a value: a whole number, at least 1' },
    { args: ['--user', 'anna'], says: '--user must be a whole number, at least 1, got "anna"' },
    { args: ['--user', '0'], says: 'got "0"' },
    { args: ['--user', '-5'], says: 'got "-5"' },
    { args: ['--user', '1e3'], says: 'got "1e3"' },
    { args: ['--user', '99999999999999999999'], says: '--user must be a whole number' },
    { args: ['--user', '1', '--rate', 'fast'], says: '--rate must be a number from 0 to 100, got "fast"' },
    { args: ['--user', '1', '--rate', '101'], says: '--rate must be a number from 0 to 100, got "101"' },
    { args: ['--user', '1', '--at', 'yesterday'], says: '--at must be an ISO 8601 time' },
    { args: ['--user', '1', '--at', '2026-13-45'], says: '--at must be an ISO 8601 time' },
    { args: ['--user', '1', '--json=yes'], says: '--json takes no value, got "yes"' },
    { args: ['42', '17'], says: '--user is missing' },
    { args: ['--user', '42', '17'], says: 'unexpected argument "17"' },
  ])('refuses $args and says what was expected', ({ args, says }) => {
    const parse = () => parseCommand(SPEC, args);
    expect(parse).toThrow(PlatformError);
    expect(parse).toThrow(says);
    expect(parse).toThrow('usage: npm run order');
  });

  it('takes words where the command wants them', () => {
    const command = { usage: 'npm run sql -- "SELECT …"', options: {}, positionals: true };
    expect(parseCommand(command, ['select 1']).positionals).toEqual(['select 1']);
  });
});

describe('usageText', () => {
  it('lists every option with what it takes', () => {
    expect(usageText(SPEC).split('\n')).toEqual([
      'usage: npm run order -- --user ID --product ID',
      '  --user N       who buys (required)',
      '  --rate NUMBER  orders per second',
      '  --at TIME      when',
      '  --file TEXT    path of a file',
      '  --json         as JSON',
    ]);
  });
});
