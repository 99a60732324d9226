import type { KafkaRecord } from '../../shared/kafka/index.ts';
import { type QuarantinePorts, quarantineRecords } from '../../shared/runtime/quarantine-records.ts';
import { appendOnce, rawTable, type ShopTable, type SourceBatch } from '../../shared/tables/index.ts';
import { type IngestPlan, planIngest, rowsAt } from './plan-ingest.ts';

export interface IngestPorts extends QuarantinePorts {
  readonly eventLogIncarnation: string;
}

export interface IngestReport {
  readonly rows: number;
  readonly quarantined: number;
  /** `table.column` of the shop that the lakehouse has no column for: the rows are ingested without it. */
  readonly unknownColumns: readonly string[];
}

/**
 * Appends change records to `lakehouse/raw/<table>`, each exactly once. A record that is no change of its table goes to
 * `quarantine/records` with its bytes, its coordinates and the reason, and is told in `platform_alerts`. Tombstones are no rows.
 */
export async function ingestChanges(
  records: Iterable<KafkaRecord>,
  ports: IngestPorts,
): Promise<IngestReport> {
  const report = { rows: 0, quarantined: 0, unknownColumns: new Set<string>() };
  for (const plan of planIngest(records)) {
    const { topic, partition, lastOffset, table } = plan;
    const source: SourceBatch = { incarnation: ports.eventLogIncarnation, topic, partition, lastOffset };
    report.quarantined += await quarantineRecords('ingest-changes', plan.malformed, source, ports);
    if (table === null) continue;
    for (const column of plan.unknownColumns) report.unknownColumns.add(`${table}.${column}`);
    report.rows += await appendRows(table, plan, source, ports);
  }
  return { ...report, unknownColumns: [...report.unknownColumns] };
}

async function appendRows(
  table: ShopTable,
  plan: IngestPlan,
  source: SourceBatch,
  ports: IngestPorts,
): Promise<number> {
  const { name, schema, configuration } = rawTable(table);
  return appendOnce(ports.lakeTable(name), source, plan.entries, (fresh) => ({
    schema,
    configuration,
    batches: [fresh.length === plan.entries.length ? plan.rows : rowsAt(plan.rows, fresh)],
  }));
}
