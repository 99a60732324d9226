import type { LiveModel, ModelVersion } from '../../shared/control/index.ts';
import type { ModelResult, ModelSwitch } from './model-actions.ts';
import { alignColumns } from './services-command.ts';

export function modelText(result: ModelResult): string {
  return result.verb === 'list' ? listText(result.versions, result.live) : switchText(result);
}

/** The same as one JSON object; times are epoch milliseconds. */
export function modelJson(result: ModelResult): Readonly<Record<string, unknown>> {
  if (result.verb === 'list') return { live: result.live, versions: result.versions };
  const { verb, done, to, from } = result;
  return { verb, done, from: from?.version ?? null, to: to.version, metrics: to.metrics };
}

function listText(versions: readonly ModelVersion[], live: LiveModel | null): string {
  if (versions.length === 0) return 'no model is trained yet\n';
  const rows = versions.map((model) => [
    stateOf(model.version, live),
    model.version,
    new Date(model.registeredAt).toISOString().slice(0, 19).replace('T', ' '),
    figure(model.metrics.ndcgAt10),
    figure(model.metrics.novelNdcgAt10),
    leadText(model),
    String(model.metrics.validationCustomers ?? '-'),
  ]);
  const header = ['', 'version', 'trained (UTC)', 'NDCG@10', 'new', 'lead over popularity', 'customers'];
  const note =
    live === null
      ? 'none is live\n'
      : 'each was measured on the fortnight before it: figures of two are not of the same days\n';
  return `${alignColumns([header, ...rows])}${note}`;
}

function stateOf(version: string, live: LiveModel | null): string {
  if (version === live?.version) return 'live';
  if (live?.withdrawn?.includes(version)) return 'rolled back';
  const ago = live?.previous.indexOf(version) ?? -1;
  if (ago < 0) return '';
  return ago === 0 ? 'before' : `${ago + 1} before`;
}

function switchText({ verb, done, to, from }: ModelSwitch): string {
  const ndcg = ({ metrics }: ModelVersion): string => `NDCG@10 ${figure(metrics.ndcgAt10)}`;
  const replaced =
    from === null
      ? 'no model is live'
      : `${from.version}${from.model === null ? '' : ` (${ndcg(from.model)})`}`;
  const inPlace = from === null ? '' : ` in the place of ${replaced}`;
  if (!done) {
    const command = verb === 'promote' ? `promote ${to.version}` : 'rollback';
    return `${to.version} (${ndcg(to)}) would go live${inPlace}\nnothing was changed · to do it: npm run model -- ${command} --yes\n`;
  }
  return [
    `${to.version} (${ndcg(to)}) is live${inPlace}; answers come from it within seconds of this, or of the next start`,
    ...(verb === 'rollback' && from !== null
      ? [
          `${from.version} is withdrawn: no training makes it live again; one that is trained anew may go live`,
        ]
      : []),
    ...(from === null ? [] : [`to undo it: npm run model -- promote ${from.version} --yes`]),
    '',
  ].join('\n');
}

function leadText({ baselines }: ModelVersion): string {
  const { leadAt10, leadAt10Low, leadAt10High } = baselines.popularity ?? {};
  if (leadAt10 === undefined) return '-';
  return `${figure(leadAt10)} [${figure(leadAt10Low)}, ${figure(leadAt10High)}]`;
}

function figure(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(3);
}
