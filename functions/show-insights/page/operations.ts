import type { JobRun, PlatformAlert } from '../../../shared/control/index.ts';
import { DAY_MS, type EpochMillis } from '../../../shared/domain/index.ts';
import type { PipelineRunState, PipelineState } from '../read-models/pipeline.ts';
import { rowBar } from './charts.ts';
import { ago, duration, utcTime, whole } from './format.ts';
import { type Html, html } from './html.ts';
import { empty, heading } from './shop.ts';

/** What went wrong and still matters, in plain words; nothing when all is well. */
export function problemBanner({ runs, alerts }: PipelineState, now: EpochMillis): Html {
  // A run that is on its way has not said yet whether the trouble is over.
  const ended = runs.find(({ run }) => run.status !== 'running');
  const failed = ended?.run.status === 'failed' ? ended : null;
  const letters = alerts.filter((alert) => alert.kind === 'dead-letter' && now - alert.at < DAY_MS);
  return html`${failed && failedRun(failed, now)}${letters[0] !== undefined && deadLetters(letters, letters[0], now)}`;
}

export function pipelineSection({ runs, alerts }: PipelineState, now: EpochMillis): Html {
  const head = heading(
    'runs',
    'Pipeline',
    'features, online store, training',
    'v1/insights/pipeline?format=csv',
  );
  const [latest] = runs;
  if (latest === undefined) return html`${head}${empty('The pipeline has not run yet.')}`;
  return html`${head}<p class="status">${badge(latest.run.status)} started <time datetime="${new Date(latest.run.startedAt).toISOString()}">${ago(latest.run.startedAt, now)}</time>${latest.run.finishedAt !== null && `, took ${duration(latest.run.finishedAt - latest.run.startedAt)}`}</p>
<table><caption class="visually-hidden">Jobs of the latest run</caption><thead><tr><th scope="col">Job</th><th scope="col">Status</th><th scope="col" class="number">Took</th></tr></thead><tbody>${latest.jobs.map(
    (job) =>
      html`<tr><th scope="row">${job.job}${job.error !== null && html`<span class="error">${job.error}</span>`}</th><td>${badge(job.status)}</td><td class="number">${tookOf(job, now)}</td></tr>`,
  )}</tbody></table>
<p class="history">Latest runs, newest first: ${runs.map(({ run }) => html`<span class="dot ${run.status}" title="${utcTime(run.startedAt)}: ${run.status}"><span class="visually-hidden">${run.status} </span></span>`)}</p>
${alerts.length > 0 && alertList(alerts, now)}`;
}

export function stagesSection({ stages }: PipelineState): Html {
  return html`${heading('stages', 'Lag of each stage', 'records waiting in the event log', null)}
<table><caption class="visually-hidden">Records that each stage has still to process</caption><thead><tr><th scope="col">Stage</th><th scope="col" class="number">Waiting</th><th scope="col" class="number">In the log</th></tr></thead><tbody>${stages.map(
    ({ stage, topics, waiting, records }) =>
      html`<tr><th scope="row">${stage} <span class="muted" title="${topics.join(', ')}">${topics.length} topic${topics.length > 1 && 's'}</span>${rowBar(records === 0 ? 0 : waiting / records, 4)}</th><td class="number">${waiting === 0 ? html`<span class="good">up to date</span>` : whole(waiting)}</td><td class="number">${whole(records)}</td></tr>`,
  )}</tbody></table>`;
}

export function tablesSection({ tables }: PipelineState, now: EpochMillis): Html {
  return html`${heading('tables', 'Lake tables', 'Delta tables, rows and age of the last commit', null)}
<table><caption class="visually-hidden">Lake tables</caption><thead><tr><th scope="col">Table</th><th scope="col" class="number">Version</th><th scope="col" class="number">Rows</th><th scope="col" class="number">Last commit</th></tr></thead><tbody>${tables.map(
    ({ table, version, rows, committedAt, problem }) =>
      problem !== null
        ? html`<tr><th scope="row"><code>${table}</code></th><td colspan="3">Could not be read: ${problem}</td></tr>`
        : html`<tr><th scope="row"><code>${table}</code></th><td class="number">${version ?? '–'}</td><td class="number">${rows === null ? '–' : whole(rows)}</td><td class="number">${committedAt === null ? html`<span class="muted">none yet</span>` : ago(committedAt, now)}</td></tr>`,
  )}</tbody></table>`;
}

export function modelSection({ live }: PipelineState, now: EpochMillis): Html {
  const head = heading(
    'model',
    'Live model',
    'of the fortnight before it was trained, in which its weights were chosen',
    null,
  );
  if (live === null)
    return html`${head}${empty('No model is live. Customers get popular products until the first training ends.')}`;
  const { pointer, model } = live;
  const [before] = pointer.previous;
  const names = Object.keys(model?.baselines ?? {});
  return html`${head}<p class="status"><code>${pointer.version}</code> since ${ago(pointer.promotedAt, now)}${before !== undefined && html`, before it <code>${before}</code>`}</p>
${
  model === null
    ? empty('The registry holds no figures of it.')
    : html`<table><caption class="visually-hidden">Metrics of the live model and of what it was compared with</caption><thead><tr><th scope="col">Metric</th><th scope="col" class="number">Model</th>${names.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead><tbody>${Object.entries(
        model.metrics,
      ).map(
        ([metric, value]) =>
          html`<tr><th scope="row">${METRIC_NAMES[metric] ?? metric}${value >= 0 && value <= 1 && rowBar(value, 3)}</th><td class="number">${metricText(value)}</td>${names.map((name) => html`<td class="number">${metricText(model.baselines[name]?.[metric])}</td>`)}</tr>`,
      )}</tbody></table>`
}`;
}

function failedRun({ run, jobs }: PipelineRunState, now: EpochMillis): Html {
  const job = jobs.find(({ status }) => status === 'failed');
  const skipped = jobs.filter(({ status }) => status === 'skipped').map(({ job: name }) => name);
  const at = job?.finishedAt ?? run.finishedAt ?? run.startedAt;
  return html`<div class="problem" role="alert"><p><strong>${job ? `The job ${job.job} failed` : 'The pipeline failed'} ${ago(at, now)}</strong> (${utcTime(at)}${job === undefined ? null : `, after ${job.attempts} attempt${job.attempts === 1 ? '' : 's'}`}).${skipped.length > 0 && ` Not run because of it: ${skipped.join(', ')}.`} What the jobs before it made is in use; the rest stays as the last good run left it. Orders keep flowing.</p><p class="error">${job?.error ?? run.error ?? 'no error was recorded'}</p></div>`;
}

function deadLetters(letters: readonly PlatformAlert[], newest: PlatformAlert, now: EpochMillis): Html {
  const many = letters.length > 1;
  return html`<div class="problem" role="alert"><p><strong>${many ? `${letters.length} records` : 'A record'} could not be processed in the last 24 hours.</strong> ${many ? 'They are' : 'It is'} kept in the dead-letter topic; the latest came ${ago(newest.at, now)}, ${newest.source}.</p><p class="error">${newest.detail}</p></div>`;
}

function alertList(alerts: readonly PlatformAlert[], now: EpochMillis): Html {
  return html`<details><summary>Latest alerts (${alerts.length})</summary><ul class="alerts">${alerts.map(
    ({ title, detail, at }) =>
      html`<li><strong>${title}</strong> <span class="muted" title="${utcTime(at)}">${ago(at, now)}</span><span class="error">${detail}</span></li>`,
  )}</ul></details>`;
}

const MARKS: Readonly<Record<JobRun['status'], string>> = {
  succeeded: '✓',
  failed: '✕',
  running: '●',
  queued: '○',
  skipped: '–',
};

function badge(status: JobRun['status']): Html {
  return html`<span class="badge ${status}"><span aria-hidden="true">${MARKS[status]}</span> ${status}</span>`;
}

function tookOf(job: JobRun, now: EpochMillis): string {
  if (job.startedAt === null) return '–';
  if (job.status === 'running') return `${duration(now - job.startedAt)} so far`;
  return duration((job.finishedAt ?? now) - job.startedAt);
}

/** Metrics of the training as people write them; others keep their names. */
const METRIC_NAMES: Readonly<Record<string, string>> = {
  ndcgAt10: 'NDCG@10',
  novelNdcgAt10: 'NDCG@10, new to the customer',
  recallAt10: 'Recall@10',
  hitRateAt10: 'Hit rate@10',
  coverageAt10: 'Coverage@10',
  validationCustomers: 'Customers measured',
};

function metricText(value: number | undefined): string {
  if (value === undefined) return '–';
  return Number.isInteger(value) ? whole(value) : value.toFixed(3);
}
