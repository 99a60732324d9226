import { nearestName } from '../../shared/runtime/nearest-name.ts';
import { SERVICE_NAMES, type ServiceName, type ServiceStatus } from '../services/native/index.ts';
import { type CommandSpec, invalidArguments } from './arguments.ts';

export const VERBS = ['up', 'down', 'status', 'versions', 'install'] as const;
export type Verb = (typeof VERBS)[number];

export const SERVICES_SPEC = {
  usage: [
    'npm run services -- up|down|status|versions|install [NAME …] [--wipe] [--json]',
    `  NAME      ${SERVICE_NAMES.join(' ')}, or all`,
    '  up        install and start (without names: the core, from postgres to dynamodb)',
    '  down      stop (without names: whatever runs)',
    '  status    what runs, where, with how much memory',
    '  versions  every version and where it is fetched from',
    '  install   fetch what the servers run from, start nothing',
  ].join('\n'),
  positionals: true,
  options: {
    wipe: { type: 'boolean', description: 'down: delete their data, configuration and logs too' },
    json: { type: 'boolean', description: 'status and versions: JSON instead of text' },
  },
} as const satisfies CommandSpec<Record<string, { type: 'boolean'; description: string }>>;

/** What the platform itself needs of real servers. */
const CORE: readonly ServiceName[] = ['postgres', 'kafka', 'connect', 'minio', 'redis', 'dynamodb'];

export interface ServicesCommand {
  readonly verb: Verb;
  readonly names: readonly ServiceName[];
}

/** @throws PlatformError `invalid_arguments` */
export function servicesCommand(
  positionals: readonly string[],
  { wipe, json }: { readonly wipe: boolean | undefined; readonly json: boolean | undefined },
): ServicesCommand {
  const [first, ...names] = positionals;
  if (first === undefined) throw invalidArguments(`say what to do: ${VERBS.join(', ')}`, SERVICES_SPEC);
  const verb = oneOf(first, VERBS, 'command');
  if (wipe === true && verb !== 'down') {
    throw invalidArguments(`--wipe goes with down, not with ${verb}`, SERVICES_SPEC);
  }
  if (json === true && verb !== 'status' && verb !== 'versions') {
    throw invalidArguments(`--json goes with status or versions, not with ${verb}`, SERVICES_SPEC);
  }
  if (names.length === 0) return { verb, names: verb === 'up' || verb === 'install' ? CORE : SERVICE_NAMES };
  const known = [...SERVICE_NAMES, 'all'] as const;
  const chosen = names.map((name) => oneOf(name, known, 'service'));
  return { verb, names: chosen.flatMap((name) => (name === 'all' ? SERVICE_NAMES : [name])) };
}

/** Columns: name, state, version, url, pid, memory, log file. A server that was never started shows its state only. */
export function statusTable(statuses: readonly ServiceStatus[]): string {
  return alignColumns(
    statuses.map(({ name, state, version, url, pid, memoryBytes, logFile }) => [
      name,
      state,
      version ?? '',
      url ?? '',
      pid === null ? '' : `pid ${pid}`,
      memoryBytes === null ? '' : `${Math.round(memoryBytes / 1024 / 1024)} MB`,
      logFile ?? '',
    ]),
  );
}

/** Rows of text as lines, each column as wide as its longest cell. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function oneOf<const Name extends string>(typed: string, known: readonly Name[], kind: string): Name {
  const found = known.find((name) => name === typed);
  if (found !== undefined) return found;
  const nearest = nearestName(typed, known);
  const hint = nearest === null ? `known: ${known.join(', ')}` : `did you mean ${nearest}?`;
  throw invalidArguments(`unknown ${kind} ${JSON.stringify(typed)}; ${hint}`, SERVICES_SPEC);
}
