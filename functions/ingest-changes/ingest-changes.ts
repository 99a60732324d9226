import { readChange } from '../../shared/cdc/index.ts';
import type { ChangeEvent } from '../../shared/domain/index.ts';
import { groupByPartition, type KafkaRecord } from '../../shared/kafka/index.ts';
import type { Batch } from '../../shared/lake/index.ts';
import {
  type MalformedRecord,
  type QuarantinePorts,
  quarantineRecords,
} from '../../shared/runtime/quarantine-records.ts';
import {
  appendOnce,
  isShopTable,
  rawBatch,
  rawTable,
  type ShopTable,
  type SourceBatch,
} from '../../shared/tables/index.ts';

export interface IngestPorts extends QuarantinePorts {
  readonly eventLogIncarnation: string;
}

export interface IngestReport {
  readonly rows: number;
  readonly quarantined: number;
  /** `table.column` of the shop that the lakehouse has no column for: the rows are ingested without it. */
  readonly unknownColumns: readonly string[];
}

/** What a batch of one partition amounts to. */
export interface IngestPlan {
  readonly changes: readonly {
    readonly change: ChangeEvent;
    readonly position: KafkaRecord;
    readonly offset: number;
  }[];
  readonly rows: Batch;
  readonly unknownColumns: readonly string[];
  readonly malformed: readonly MalformedRecord[];
}

/**
 * Appends change records to `lakehouse/raw/<table>`, each exactly once. A record that is no change of its table goes to
 * `quarantine/records` with its bytes, its coordinates and the reason, and is told in `platform_alerts`. Tombstones are no rows.
 */
export async function ingestChanges(
  records: readonly KafkaRecord[],
  ports: IngestPorts,
): Promise<IngestReport> {
  const report = { rows: 0, quarantined: 0, unknownColumns: new Set<string>() };
  for (const { topic, partition, records: ofPartition } of groupByPartition(records)) {
    const table = shopTableOf(topic);
    const plan = planIngest(table, ofPartition);
    const source: SourceBatch = {
      incarnation: ports.eventLogIncarnation,
      topic,
      partition,
      lastOffset: ofPartition.at(-1)?.offset ?? -1,
    };
    for (const column of plan.unknownColumns) report.unknownColumns.add(`${table}.${column}`);
    report.quarantined += await quarantineRecords('ingest-changes', plan.malformed, source, ports);
    if (table !== null) report.rows += await appendRows(table, plan, source, ports);
  }
  return { ...report, unknownColumns: [...report.unknownColumns] };
}

function planIngest(table: ShopTable | null, records: readonly KafkaRecord[]): IngestPlan {
  const changes: { change: ChangeEvent; position: KafkaRecord; offset: number }[] = [];
  const malformed: MalformedRecord[] = [];
  const refuse = (record: KafkaRecord, reason: string) =>
    malformed.push({ record, reason, offset: record.offset });
  for (const record of records) {
    const read = readChange(record);
    if (read.kind === 'malformed') refuse(record, read.reason);
    else if (read.kind === 'change') {
      if (table === null) refuse(record, `topic ${record.topic} belongs to no table of the shop`);
      else if (read.change.table !== table)
        refuse(record, `a change of ${read.change.table} in topic ${record.topic}`);
      else changes.push({ change: read.change, position: record, offset: record.offset });
    }
  }
  if (table === null)
    return { changes: [], rows: { rowCount: 0, columns: {} }, unknownColumns: [], malformed };
  const { batch, rejected, unknownColumns } = rawBatch(table, changes);
  if (rejected.length === 0) return { changes, rows: batch, unknownColumns, malformed };
  const reasons = new Map(rejected.map(({ index, reason }) => [index, reason]));
  changes.forEach(({ position }, index) => {
    const reason = reasons.get(index);
    if (reason !== undefined) refuse(position, reason);
  });
  return {
    changes: changes.filter((_, index) => !reasons.has(index)),
    rows: batch,
    unknownColumns,
    malformed,
  };
}

function appendRows(
  table: ShopTable,
  plan: IngestPlan,
  source: SourceBatch,
  ports: IngestPorts,
): Promise<number> {
  const { name, schema, configuration } = rawTable(table);
  return appendOnce(ports.lakeTable(name), source, plan.changes, (fresh) => ({
    schema,
    configuration,
    batches: [fresh.length === plan.changes.length ? plan.rows : rawBatch(table, fresh).batch],
  }));
}

/** `ecommerce.public.orders` -> `orders`. */
function shopTableOf(topic: string): ShopTable | null {
  const name = topic.slice(topic.lastIndexOf('.') + 1);
  return isShopTable(name) ? name : null;
}
