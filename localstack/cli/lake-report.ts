import {
  type AddFile,
  type CompactionReport,
  rowCount,
  type Snapshot,
  type VacuumReport,
} from '../../shared/lake/index.ts';
import type { LakeResult, Restored } from './lake-actions.ts';
import { alignColumns } from './services-command.ts';

const METADATA_WIDTH = 32;

/** What a command found or did, for people; one line a thing and a sum at the end. */
export function lakeText(result: LakeResult): string {
  switch (result.verb) {
    case 'history':
      return historyText(result.entries);
    case 'files':
      return filesText(result.snapshot);
    case 'vacuum':
      return vacuumText(result.table, result.report);
    case 'compact':
      return compactText(result.table, result.report, result.act);
    case 'restore':
      return restoreText(result.table, result.outcome);
  }
}

/** The same as one JSON object; times are epoch milliseconds, sizes bytes. */
export function lakeJson(result: LakeResult): Readonly<Record<string, unknown>> {
  const { table } = result;
  switch (result.verb) {
    case 'history':
      return { table, history: result.entries };
    case 'files':
      return { table, version: result.snapshot.version, files: [...result.snapshot.files].map(fileJson) };
    case 'vacuum':
      return { table, ...result.report };
    case 'compact': {
      const { bins, ...sums } = result.report;
      return {
        table,
        dryRun: !result.act,
        ...sums,
        conflicts: conflictsOf(result.report),
        commits: bins.length,
      };
    }
    case 'restore':
      return { table, ...restoreJson(result.outcome) };
  }
}

function historyText(entries: Extract<LakeResult, { verb: 'history' }>['entries']): string {
  const rows = entries.map(
    ({ version, timestamp, operation, operationMetrics, userMetadata, engineInfo }) => [
      String(version),
      isoTime(timestamp),
      operation ?? '?',
      metricsText(operationMetrics),
      cut(userMetadata ?? ''),
      engineInfo ?? '',
    ],
  );
  return alignColumns([['version', 'time', 'operation', 'metrics', 'metadata', 'engine'], ...rows]);
}

/** What changed: neither what is nought nor sizes, which `--json` tells too. */
function metricsText(metrics: Readonly<Record<string, string>>): string {
  return Object.entries(metrics)
    .filter(([name, value]) => value !== '0' && !/bytes/i.test(name))
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function cut(text: string): string {
  return text.length <= METADATA_WIDTH ? text : `${text.slice(0, METADATA_WIDTH - 1)}…`;
}

function filesText(snapshot: Snapshot): string {
  const files = [...snapshot.files];
  const rows = files.map((file) => {
    const { path, size, rows: count, modifiedAt } = fileJson(file);
    return [path, count?.toLocaleString('en') ?? '?', bytesText(size), isoTime(modifiedAt)];
  });
  const total = rowCount(snapshot)?.toLocaleString('en') ?? 'unknown';
  return (
    alignColumns([['file', 'rows', 'size', 'written'], ...rows]) +
    `version ${snapshot.version}: ${counted(files.length, 'file')}, ${total} rows, ${bytesText(bytesOf(files))}\n`
  );
}

function vacuumText(table: string, { files, bytes, dryRun, retentionMs }: VacuumReport): string {
  const sum = `${counted(files.length, 'file')}, ${bytesText(bytes)}`;
  const rule = `not needed by any version of the last ${hoursText(retentionMs)}`;
  if (!dryRun) return `${table}: ${sum} deleted, ${rule}\n`;
  const listed = alignColumns(
    files.map(({ path, size, modifiedAt }) => [path, bytesText(size), isoTime(modifiedAt)]),
  );
  if (files.length === 0)
    return `${table}: nothing to delete: every file is needed, or younger than ${hoursText(retentionMs)}\n`;
  return `${listed}${table}: ${sum} would be deleted, ${rule}\nnothing was deleted · to delete them: the same with --yes\n`;
}

function compactText(table: string, report: CompactionReport, act: boolean): string {
  const conflicts = conflictsOf(report);
  const again =
    conflicts === 0
      ? ''
      : `; ${counted(conflicts, 'group')} given up, as another commit took files from them: try again\n`;
  if (report.bins.length === 0) return `${table}: nothing to join\n`;
  const before = `${counted(report.filesRemoved, 'file')} of ${bytesText(report.bytesRemoved)}`;
  if (!act)
    return `${table}: ${before} would be joined to ${report.filesAdded}\nnothing was written · to join them: the same without --dry-run\n`;
  return `${table}: ${before} joined to ${report.filesAdded} of ${bytesText(report.bytesAdded)}, version ${report.version}${again || '\n'}`;
}

function restoreText(table: string, outcome: Restored): string {
  const { restored, adds, removes, isMetadataChanged } = outcome.plan;
  const then = `version ${restored.version}`;
  if (outcome.outcome === 'unchanged' || (adds.length + removes.length === 0 && !isMetadataChanged))
    return `${table}: it is as in ${then}\n`;
  const what =
    `${counted(adds.length, 'file')} (${bytesText(bytesOf(adds))}) back, ${counted(removes.length, 'file')} (${bytesText(bytesOf(removes))}) out` +
    (isMetadataChanged ? ', schema and properties as they were' : '');
  if (outcome.outcome === 'planned') {
    return (
      `${table}: ${then} would be the newest one: ${what}\n` +
      'what streams have written since is not read again, as the table remembers how far they were\n' +
      'nothing was written · to restore it: the same with --yes\n'
    );
  }
  return `${table}: version ${outcome.version} is as ${then} was: ${what}\nto undo it: npm run lake -- restore ${table} --version ${outcome.plan.base.version} --yes\n`;
}

function restoreJson(outcome: Restored): Readonly<Record<string, unknown>> {
  const { base, restored, adds, removes, isMetadataChanged } = outcome.plan;
  return {
    outcome: outcome.outcome,
    version: outcome.outcome === 'restored' ? outcome.version : base.version,
    restoredVersion: restored.version,
    filesBack: adds.length,
    filesOut: removes.length,
    isMetadataChanged,
  };
}

function fileJson({ path, size, stats, modificationTime, partitionValues }: AddFile) {
  const rows = /"numRecords"\s*:\s*(\d+)/.exec(stats ?? '')?.[1];
  return {
    path,
    size,
    rows: rows === undefined ? null : Number(rows),
    modifiedAt: modificationTime,
    partitionValues,
  };
}

function conflictsOf({ bins }: CompactionReport): number {
  return bins.filter(({ outcome }) => outcome === 'conflict').length;
}

function bytesOf(files: readonly AddFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < 2 ** 20 ? `${(bytes / 1_024).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function hoursText(ms: number): string {
  return counted(Math.round(ms / 36_000) / 100, 'hour');
}

function counted(count: number, unit: string): string {
  return `${count.toLocaleString('en')} ${unit}${count === 1 ? '' : 's'}`;
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
