import { PlatformError } from '../../shared/errors.ts';
import { nearestName } from '../../shared/runtime/nearest-name.ts';
import { LAKE_TABLES } from '../../shared/tables/index.ts';
import { type CommandSpec, invalidArguments, type OptionSpec, type OptionValues } from './arguments.ts';

export const VERBS = ['history', 'files', 'vacuum', 'compact', 'restore'] as const;
export type Verb = (typeof VERBS)[number];

export const LAKE_SPEC = {
  usage: [
    `npm run lake -- ${VERBS.join('|')} TABLE [options]`,
    '  TABLE    a table of the lakehouse, such as raw/orders or raw.orders',
    '  history  its commits, newest first',
    '  files    the data files of its newest version, or of --version or --at',
    '  vacuum   delete files that no version within the retention needs; needs --yes',
    '  compact  join small files',
    '  restore  make --version, or the version of --at, the newest one; needs --yes',
  ].join('\n'),
  positionals: true,
  options: {
    limit: { type: 'integer', description: 'history: how many commits (20)', min: 1 },
    version: { type: 'integer', description: 'files, restore: which version', min: 0 },
    at: { type: 'time', description: 'files, restore: the newest version by that time' },
    'retention-hours': {
      type: 'number',
      description: 'vacuum: how long removed files stay (what the table says)',
      min: 0,
    },
    'allow-shorter-retention': {
      type: 'boolean',
      description: 'vacuum: take less than the table says, while nobody uses it',
    },
    'target-mb': { type: 'number', description: 'compact: join files up to this size (64)', min: 0.001 },
    'dry-run': { type: 'boolean', description: 'vacuum, compact, restore: only say what would be done' },
    yes: { type: 'boolean', description: 'vacuum, restore: do it' },
    json: { type: 'boolean', description: 'one JSON object instead of text' },
  },
} as const satisfies CommandSpec<Readonly<Record<string, OptionSpec>>>;

type LakeOption = keyof typeof LAKE_SPEC.options;
export type LakeOptionValues = OptionValues<typeof LAKE_SPEC.options>;

/** A version of a table: by its number, or the newest by a time in epoch milliseconds. */
export type VersionChoice = { readonly version: number } | { readonly timestamp: number };

export type LakeCommand = { readonly table: string; readonly json: boolean } & (
  | { readonly verb: 'history'; readonly limit: number }
  | {
      readonly verb: 'files';
      /** null: the newest. */
      readonly choice: VersionChoice | null;
    }
  | {
      readonly verb: 'vacuum';
      /** null: what the table says. */
      readonly retentionMs: number | null;
      readonly allowShorterRetention: boolean;
      readonly act: boolean;
    }
  | { readonly verb: 'compact'; readonly targetFileBytes: number | null; readonly act: boolean }
  | {
      readonly verb: 'restore';
      readonly choice: VersionChoice;
      readonly act: boolean;
    }
);

/** Options that a verb takes beside `--json`. */
const TAKES: Readonly<Record<Verb, readonly LakeOption[]>> = {
  history: ['limit'],
  files: ['version', 'at'],
  vacuum: ['retention-hours', 'allow-shorter-retention', 'dry-run', 'yes'],
  compact: ['target-mb', 'dry-run'],
  restore: ['version', 'at', 'dry-run', 'yes'],
};

const DEFAULT_LIMIT = 20;
const HOUR_MS = 3_600_000;

/** @throws PlatformError `invalid_arguments` */
export function lakeCommand(positionals: readonly string[], values: LakeOptionValues): LakeCommand {
  const [word, name, ...more] = positionals;
  if (word === undefined) throw invalidArguments(`say what to do: ${VERBS.join(', ')}`, LAKE_SPEC);
  const verb = VERBS.find((known) => known === word);
  if (verb === undefined) {
    throw invalidArguments(`unknown command ${JSON.stringify(word)}; ${hint(word, VERBS)}`, LAKE_SPEC);
  }
  if (name === undefined) throw invalidArguments(`say which table: ${TABLE_NAMES.join(', ')}`, LAKE_SPEC);
  if (more.length > 0) throw invalidArguments(`unexpected argument ${JSON.stringify(more[0])}`, LAKE_SPEC);
  const given = (Object.keys(LAKE_SPEC.options) as LakeOption[]).filter(
    (option) => values[option] !== undefined,
  );
  const stray = given.find((option) => option !== 'json' && !TAKES[verb].includes(option));
  if (stray !== undefined) throw invalidArguments(`--${stray} does not go with ${verb}`, LAKE_SPEC);
  const common = { table: tablePath(name), json: values.json === true };
  switch (verb) {
    case 'history':
      return { ...common, verb, limit: values.limit ?? DEFAULT_LIMIT };
    case 'files':
      return { ...common, verb, choice: versionChoice(values) };
    case 'vacuum': {
      const hours = values['retention-hours'];
      const allowShorterRetention = values['allow-shorter-retention'] === true;
      const retentionMs = hours === undefined ? null : Math.round(hours * HOUR_MS);
      return { ...common, verb, retentionMs, allowShorterRetention, act: isConfirmed(values) };
    }
    case 'compact': {
      const megabytes = values['target-mb'];
      const targetFileBytes = megabytes === undefined ? null : Math.round(megabytes * 2 ** 20);
      return { ...common, verb, targetFileBytes, act: values['dry-run'] !== true };
    }
    case 'restore': {
      const choice = versionChoice(values);
      if (choice !== null) return { ...common, verb, choice, act: isConfirmed(values) };
      throw invalidArguments('say which version to restore: --version N or --at TIME', LAKE_SPEC);
    }
  }
}

/** The error for a table that is not there: not yet, or under another name. */
export function missingTable(table: string, uri: string): PlatformError {
  if (!TABLE_NAMES.includes(table)) {
    return invalidArguments(`there is no table ${table}; ${hint(table, TABLE_NAMES)}`, LAKE_SPEC);
  }
  return new PlatformError(
    'lake_table_missing',
    `nobody has written ${table} yet: there is none at ${uri} · start the platform with: npm start, or check DATA_DIR and LAKEHOUSE_URL`,
  );
}

const TABLE_NAMES = LAKE_TABLES.map(({ name }) => name);

/** SQL writes `raw.orders`; a table may lie deeper, at any path. */
function tablePath(name: string): string {
  const trimmed = name.replace(/^\/+|\/+$/g, '');
  const slashed = trimmed.replace('.', '/');
  return TABLE_NAMES.includes(slashed) ? slashed : trimmed;
}

function versionChoice({ version, at }: LakeOptionValues): VersionChoice | null {
  if (version !== undefined && at !== undefined) {
    throw invalidArguments('--version and --at both name a version: give one', LAKE_SPEC);
  }
  if (version !== undefined) return { version };
  return at === undefined ? null : { timestamp: at.getTime() };
}

function isConfirmed(values: LakeOptionValues): boolean {
  if (values.yes === true && values['dry-run'] === true) {
    throw invalidArguments('--yes does it, --dry-run does not: give one', LAKE_SPEC);
  }
  return values.yes === true;
}

function hint(typed: string, known: readonly string[]): string {
  const nearest = nearestName(typed, known);
  return nearest === null ? `known: ${known.join(', ')}` : `did you mean ${nearest}?`;
}
