import { describe, expect, it } from 'vitest';
import { parseCommand } from './arguments.ts';
import { LAKE_SPEC, lakeCommand } from './lake-command.ts';

const parse = (line: string) => {
  const { values, positionals } = parseCommand(LAKE_SPEC, line.split(' '));
  return lakeCommand(positionals, values);
};

describe('lakeCommand', () => {
  it.each([
    ['history raw/orders', { verb: 'history', table: 'raw/orders', limit: 20 }],
    [
      'history raw.order_items --limit 3 --json',
      { verb: 'history', table: 'raw/order_items', limit: 3, json: true },
    ],
    ['files features.user_rfm', { verb: 'files', table: 'features/user_rfm', choice: null }],
    ['files /raw/users/ --version 12', { verb: 'files', table: 'raw/users', choice: { version: 12 } }],
    ['files raw/users --at 2026-11-23T08:00:00Z', { choice: { timestamp: Date.UTC(2026, 10, 23, 8) } }],
    ['files some/other.table', { table: 'some/other.table' }],
    ['vacuum raw/users', { verb: 'vacuum', retentionMs: null, allowShorterRetention: false, act: false }],
    ['vacuum raw/users --yes', { act: true }],
    ['vacuum raw/users --dry-run', { act: false }],
    [
      'vacuum raw/users --retention-hours 0.5 --allow-shorter-retention --yes',
      { retentionMs: 1_800_000, allowShorterRetention: true, act: true },
    ],
    ['compact raw/users', { verb: 'compact', targetFileBytes: null, act: true }],
    ['compact raw/users --target-mb 0.5 --dry-run', { targetFileBytes: 524_288, act: false }],
    ['restore raw/users --version 3', { verb: 'restore', choice: { version: 3 }, act: false }],
    ['restore raw/users --version 3 --yes', { act: true }],
  ])('takes %s', (line, command) => {
    expect(parse(line)).toMatchObject({ json: false, ...command });
  });

  it.each([
    ['', 'unknown command ""'],
    ['compcat raw/users', 'unknown command "compcat"; did you mean compact?'],
    ['optimize raw/users', 'unknown command "optimize"; known: history, files'],
    ['vacuum', 'say which table: raw/users'],
    ['vacuum raw/users raw/orders', 'unexpected argument "raw/orders"'],
    ['history raw/users --yes', '--yes does not go with history'],
    ['compact raw/users --yes', '--yes does not go with compact'],
    ['restore raw/users', 'say which version to restore'],
    ['restore raw/users --version 1 --at 2026-11-23', '--version and --at both name a version'],
    ['vacuum raw/users --yes --dry-run', '--yes does it, --dry-run does not'],
    ['history raw/users --limit 0', '--limit must be a whole number, at least 1'],
    ['vacuum raw/users --retention 3', 'unknown option --retention'],
  ])('refuses %j', (line, says) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({ code: 'invalid_arguments', message: expect.stringContaining(says) }),
    );
  });
});
