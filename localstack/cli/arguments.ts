import { type ParseArgsConfig, parseArgs } from 'node:util';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import { nearestName } from '../../shared/runtime/nearest-name.ts';

export interface OptionSpec {
  /** `time` is an ISO 8601 date or time, `integer` and `number` are decimal. */
  readonly type: 'string' | 'boolean' | 'integer' | 'number' | 'time';
  readonly description: string;
  readonly required?: boolean;
  /** Bounds of an integer or a number, both allowed. */
  readonly min?: number;
  readonly max?: number;
}

export interface CommandSpec<Options extends Readonly<Record<string, OptionSpec>>> {
  /** One line, e.g. `npm run order -- --user ID --product ID`. */
  readonly usage: string;
  readonly options: Options;
  /** Whether words without a leading `--` are taken. */
  readonly positionals?: boolean;
}

interface ValueTypes {
  readonly string: string;
  readonly boolean: boolean;
  readonly integer: number;
  readonly number: number;
  readonly time: Date;
}

/** undefined where an option was not given. */
export type OptionValues<Options extends Readonly<Record<string, OptionSpec>>> = {
  readonly [Name in keyof Options]:
    | ValueTypes[Options[Name]['type']]
    | (Options[Name] extends { readonly required: true } ? never : undefined);
};

/**
 * Reads a command's arguments; `--help` is an option of every command.
 * @throws PlatformError `invalid_arguments` that names the option, what was expected and, where it was mistyped, the nearest name
 */
export function parseCommand<const Options extends Readonly<Record<string, OptionSpec>>>(
  spec: CommandSpec<Options>,
  args: readonly string[] = process.argv.slice(2),
): { readonly values: OptionValues<Options>; readonly positionals: readonly string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    options: parserOptions(spec.options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') throw new HelpRequested(usageText(spec));
    const option = spec.options[token.name];
    if (option === undefined) throw unknownOption(token.rawName, spec);
    values[token.name] = optionValue(token.name, option, token.value, spec);
  }
  for (const [name, option] of Object.entries(spec.options)) {
    if (option.required && values[name] === undefined) {
      throw invalidArguments(`--${name} is missing: ${option.description}`, spec);
    }
  }
  if (positionals.length > 0 && !spec.positionals) {
    throw invalidArguments(
      `unexpected argument ${JSON.stringify(positionals[0])}; options come after \`--\``,
      spec,
    );
  }
  return { values: values as OptionValues<Options>, positionals };
}

/**
 * Runs a command to its exit code: 0, 1 when it failed, 2 when its arguments or settings are wrong. The reason goes
 * to standard error; `--help` prints the usage to standard output.
 */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof HelpRequested) {
      process.stdout.write(`${error.usage}\n`);
      return;
    }
    process.stderr.write(`error: ${messageOf(error)}\n`);
    const isOurUsersMistake = error instanceof PlatformError && USAGE_ERRORS.has(error.code);
    process.exitCode = isOurUsersMistake ? 2 : 1;
  }
}

export function usageText(spec: CommandSpec<Readonly<Record<string, OptionSpec>>>): string {
  const rows = Object.entries(spec.options).map(([name, option]) => [
    `--${name}${PLACEHOLDER[option.type]}`,
    `${option.description}${option.required ? ' (required)' : ''}`,
  ]);
  const width = Math.max(0, ...rows.map(([name = '']) => name.length));
  return [
    `usage: ${spec.usage}`,
    ...rows.map(([name = '', text]) => `  ${name.padEnd(width)}  ${text}`),
  ].join('\n');
}

/** The error of arguments that are wrong in a way that their types do not say. */
export function invalidArguments(
  what: string,
  spec: CommandSpec<Readonly<Record<string, OptionSpec>>>,
): PlatformError {
  return new PlatformError('invalid_arguments', `${what}\n${usageText(spec)}`);
}

const USAGE_ERRORS: ReadonlySet<string> = new Set(['invalid_arguments', 'invalid_setting']);
const PLACEHOLDER = {
  string: ' TEXT',
  boolean: '',
  integer: ' N',
  number: ' NUMBER',
  time: ' TIME',
} as const;

class HelpRequested extends Error {
  readonly usage: string;

  constructor(usage: string) {
    super('help requested');
    this.usage = usage;
  }
}

function parserOptions(
  options: Readonly<Record<string, OptionSpec>>,
): NonNullable<ParseArgsConfig['options']> {
  const entries = Object.entries(options).map(
    ([name, { type }]) => [name, { type: type === 'boolean' ? type : 'string' }] as const,
  );
  return Object.fromEntries(entries);
}

function optionValue(
  name: string,
  option: OptionSpec,
  text: string | undefined,
  spec: CommandSpec<Readonly<Record<string, OptionSpec>>>,
): string | boolean | number | Date {
  if (option.type === 'boolean') {
    if (text !== undefined)
      throw invalidArguments(`--${name} takes no value, got ${JSON.stringify(text)}`, spec);
    return true;
  }
  if (text === undefined) throw invalidArguments(`--${name} needs a value: ${expectation(option)}`, spec);
  const value = convert(option, text);
  if (value === null) {
    throw invalidArguments(`--${name} must be ${expectation(option)}, got ${JSON.stringify(text)}`, spec);
  }
  return value;
}

/** null where the text is not of the option's type. */
function convert(option: OptionSpec, text: string): string | number | Date | null {
  if (option.type === 'string') return text === '' ? null : text;
  if (option.type === 'time') {
    const time = new Date(text);
    return /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time.getTime()) ? time : null;
  }
  const pattern = option.type === 'integer' ? /^-?\d+$/ : /^-?(\d+\.?\d*|\.\d+)$/;
  const value = Number(text);
  if (!pattern.test(text)) return null;
  if (value < (option.min ?? value) || value > (option.max ?? value)) return null;
  return option.type === 'integer' && !Number.isSafeInteger(value) ? null : value;
}

function expectation(option: OptionSpec): string {
  const bound = boundsOf(option);
  switch (option.type) {
    case 'integer':
      return `a whole number${bound}`;
    case 'number':
      return `a number${bound}`;
    case 'time':
      return 'an ISO 8601 time such as 2026-03-31T12:00:00Z';
    default:
      return option.description;
  }
}

function boundsOf({ min, max }: OptionSpec): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return `, at least ${min}`;
  return max === undefined ? '' : `, at most ${max}`;
}

function unknownOption(
  rawName: string,
  spec: CommandSpec<Readonly<Record<string, OptionSpec>>>,
): PlatformError {
  const names = Object.keys(spec.options);
  const nearest = nearestName(rawName.replace(/^-+/, ''), names);
  const hint =
    nearest === null
      ? `known: ${[...names, 'help'].map((name) => `--${name}`).join(', ')}`
      : `did you mean --${nearest}?`;
  return invalidArguments(`unknown option ${rawName}; ${hint}`, spec);
}
