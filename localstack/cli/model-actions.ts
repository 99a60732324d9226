import type { LiveModel, ModelRegistry, ModelVersion } from '../../shared/control/index.ts';
import type { EpochMillis } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { nearestName } from '../../shared/runtime/nearest-name.ts';
import type { ModelCommand } from './model-command.ts';

export interface ModelActionPorts {
  readonly registry: ModelRegistry;
  /** Whether the files of a version are in the lakehouse. */
  readonly hasArtifact: (version: string) => Promise<boolean>;
  readonly now: () => EpochMillis;
}

export type ModelResult =
  | { readonly verb: 'list'; readonly versions: readonly ModelVersion[]; readonly live: LiveModel | null }
  | ModelSwitch;

/** What goes live in the place of what; `done` false: it would. */
export interface ModelSwitch {
  readonly verb: 'rollback' | 'promote';
  readonly done: boolean;
  readonly to: ModelVersion;
  /** null: nothing is live. */
  readonly from: { readonly version: string; readonly model: ModelVersion | null } | null;
}

/** @throws PlatformError `model_unknown`, `model_artifact`, `model_live_already`, `model_nothing_before`, `model_contended` */
export async function modelAction(command: ModelCommand, ports: ModelActionPorts): Promise<ModelResult> {
  const { registry } = ports;
  const live = await registry.live();
  if (command.verb === 'list') return { verb: 'list', versions: await registry.list(), live };
  const target = command.verb === 'promote' ? command.version : versionBefore(live);
  if (target === live?.version)
    throw new PlatformError('model_live_already', `${target} is live already; nothing was changed`);
  const to = await registry.get(target);
  if (to === null) throw await unknownVersion(target, registry);
  if (!(await ports.hasArtifact(target))) {
    throw new PlatformError(
      'model_artifact',
      `the files of ${target} are no longer in the lakehouse, so it cannot serve; choose another: npm run model -- list`,
    );
  }
  const from = live && { version: live.version, model: await registry.get(live.version) };
  if (command.act) await switchTo(command.verb, target, live, ports);
  return { verb: command.verb, done: command.act, to, from };
}

function versionBefore(live: LiveModel | null): string {
  const [before] = live?.previous ?? [];
  if (before !== undefined) return before;
  throw new PlatformError(
    'model_nothing_before',
    `${live === null ? 'no model is live' : `no model was live before ${live.version}`}: there is nothing to go back to; npm run model -- list shows what can be promoted`,
  );
}

async function unknownVersion(version: string, registry: ModelRegistry): Promise<PlatformError> {
  const known = (await registry.list()).map((model) => model.version);
  const nearest = nearestName(version, known);
  const hint =
    nearest === null ? `known: ${known.slice(0, 5).join(', ') || 'none'}` : `did you mean ${nearest}?`;
  return new PlatformError('model_unknown', `no model is registered as ${JSON.stringify(version)}; ${hint}`);
}

async function switchTo(
  verb: ModelSwitch['verb'],
  version: string,
  live: LiveModel | null,
  { registry, now }: ModelActionPorts,
): Promise<void> {
  const { outcome } =
    verb === 'rollback' && live !== null
      ? await registry.rollback(live.version, now())
      : await registry.promote(version, live?.version ?? null, now());
  if (outcome === 'promoted' || outcome === 'rolled-back') return;
  throw new PlatformError(
    'model_contended',
    `nothing was changed: another model went live in the meantime; look at npm run model -- list and try again`,
    { retryable: true },
  );
}
