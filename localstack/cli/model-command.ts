import { nearestName } from '../../shared/runtime/nearest-name.ts';
import { type CommandSpec, invalidArguments, type OptionSpec, type OptionValues } from './arguments.ts';

export const VERBS = ['list', 'rollback', 'promote'] as const;
export type Verb = (typeof VERBS)[number];

export const MODEL_SPEC = {
  usage: [
    'npm run model -- list | rollback | promote VERSION [options]',
    '  list      the trained versions, newest first, and which one is live',
    '  rollback  make the version live that was before; needs --yes',
    '  promote   make VERSION live; needs --yes',
  ].join('\n'),
  positionals: true,
  options: {
    'dry-run': { type: 'boolean', description: 'rollback, promote: only say what would be done' },
    yes: { type: 'boolean', description: 'rollback, promote: do it' },
    json: { type: 'boolean', description: 'one JSON object instead of text' },
  },
} as const satisfies CommandSpec<Readonly<Record<string, OptionSpec>>>;

export type ModelCommand = { readonly json: boolean } & (
  | { readonly verb: 'list' }
  | { readonly verb: 'rollback'; readonly act: boolean }
  | { readonly verb: 'promote'; readonly version: string; readonly act: boolean }
);

/** @throws PlatformError `invalid_arguments` */
export function modelCommand(
  positionals: readonly string[],
  values: OptionValues<typeof MODEL_SPEC.options>,
): ModelCommand {
  const [word, version, ...more] = positionals;
  if (word === undefined) throw invalidArguments(`say what to do: ${VERBS.join(', ')}`, MODEL_SPEC);
  const verb = VERBS.find((known) => known === word);
  if (verb === undefined) {
    const nearest = nearestName(word, VERBS);
    const hint = nearest === null ? `known: ${VERBS.join(', ')}` : `did you mean ${nearest}?`;
    throw invalidArguments(`unknown command ${JSON.stringify(word)}; ${hint}`, MODEL_SPEC);
  }
  const stray = verb === 'promote' ? more[0] : version;
  if (stray !== undefined) throw invalidArguments(`unexpected argument ${JSON.stringify(stray)}`, MODEL_SPEC);
  const json = values.json === true;
  if (verb === 'list') {
    const option = values.yes === undefined ? 'dry-run' : 'yes';
    if (values[option] !== undefined) throw invalidArguments(`--${option} does not go with list`, MODEL_SPEC);
    return { verb, json };
  }
  if (values.yes === true && values['dry-run'] === true)
    throw invalidArguments('--yes does it, --dry-run does not: give one', MODEL_SPEC);
  const act = values.yes === true;
  if (verb === 'rollback') return { verb, act, json };
  if (version === undefined)
    throw invalidArguments('say which version to promote; npm run model -- list shows them', MODEL_SPEC);
  return { verb, version, act, json };
}
