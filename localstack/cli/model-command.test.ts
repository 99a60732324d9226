import { describe, expect, it } from 'vitest';
import { parseCommand } from './arguments.ts';
import { MODEL_SPEC, modelCommand } from './model-command.ts';

const parse = (line: string) => {
  const { values, positionals } = parseCommand(MODEL_SPEC, line === '' ? [] : line.split(' '));
  return modelCommand(positionals, values);
};

describe('modelCommand', () => {
  it.each([
    ['list', { verb: 'list', json: false }],
    ['list --json', { verb: 'list', json: true }],
    ['rollback', { verb: 'rollback', act: false, json: false }],
    ['rollback --dry-run', { verb: 'rollback', act: false, json: false }],
    ['rollback --yes', { verb: 'rollback', act: true, json: false }],
    ['promote run-7 --yes', { verb: 'promote', version: 'run-7', act: true, json: false }],
  ])('reads %s', (line, command) => {
    expect(parse(line)).toEqual(command);
  });

  it.each([
    ['', 'say what to do: list, rollback, promote'],
    ['rolback', 'did you mean rollback?'],
    ['promote', 'say which version to promote'],
    ['promote run-7 run-8', 'unexpected argument "run-8"'],
    ['rollback run-7', 'unexpected argument "run-7"'],
    ['list --yes', '--yes does not go with list'],
    ['rollback --yes --dry-run', '--yes does it, --dry-run does not: give one'],
  ])('refuses "%s"', (line, message) => {
    expect(() => parse(line)).toThrow(message);
    expect(() => parse(line)).toThrow('usage: npm run model');
  });
});
