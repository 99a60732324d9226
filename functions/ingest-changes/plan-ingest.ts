import { type ReadChange, readChange } from '../../shared/cdc/index.ts';
import { eventKey, type KafkaRecord, type TopicPartition } from '../../shared/kafka/index.ts';
import type { Batch, Value } from '../../shared/lake/index.ts';
import type { MalformedRecord } from '../../shared/runtime/quarantine-records.ts';
import { isShopTable, RawBatchBuilder, type ShopTable } from '../../shared/tables/index.ts';

/** What a batch of one partition amounts to. */
export interface IngestPlan extends TopicPartition {
  /** null: the topic belongs to no table of the shop. */
  readonly table: ShopTable | null;
  readonly rows: Batch;
  /** Where each of the rows comes from. */
  readonly entries: readonly RowEntry[];
  readonly unknownColumns: readonly string[];
  readonly malformed: readonly MalformedRecord[];
  /** Of all records, tombstones included. */
  readonly lastOffset: number;
}

export interface RowEntry {
  readonly row: number;
  readonly offset: number;
}

/** The plan of each partition, in the order of their first records. Of a record that became a row nothing is kept. */
export function planIngest(records: Iterable<KafkaRecord>): readonly IngestPlan[] {
  const planners = new Map<string, PartitionPlanner>();
  for (const record of records) {
    const name = eventKey(record);
    let planner = planners.get(name);
    if (planner === undefined) {
      planner = new PartitionPlanner(record);
      planners.set(name, planner);
    }
    planner.take(record);
  }
  return [...planners.values()].map((planner) => planner.plan());
}

/** The rows of `entries` alone. */
export function rowsAt({ columns }: Batch, entries: readonly RowEntry[]): Batch {
  const chosen = (values: ArrayLike<Value>) => entries.map(({ row }) => values[row]!);
  return {
    rowCount: entries.length,
    columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, chosen(values)])),
  };
}

class PartitionPlanner {
  readonly #at: TopicPartition;
  readonly #table: ShopTable | null;
  readonly #rows: RawBatchBuilder | null;
  readonly #entries: RowEntry[] = [];
  readonly #malformed: MalformedRecord[] = [];
  #lastOffset = -1;

  constructor({ topic, partition }: TopicPartition) {
    this.#at = { topic, partition };
    this.#table = shopTableOf(topic);
    this.#rows = this.#table === null ? null : new RawBatchBuilder(this.#table);
  }

  take(record: KafkaRecord): void {
    const { offset } = record;
    this.#lastOffset = offset;
    const read = readChange(record);
    if (read.kind === 'tombstone') return;
    const reason = this.#add(read, record);
    if (reason === null) this.#entries.push({ row: this.#entries.length, offset });
    else this.#malformed.push({ record, reason, offset });
  }

  plan(): IngestPlan {
    return {
      ...this.#at,
      table: this.#table,
      rows: this.#rows?.batch() ?? { rowCount: 0, columns: {} },
      entries: this.#entries,
      unknownColumns: this.#rows?.unknownColumns ?? [],
      malformed: this.#malformed,
      lastOffset: this.#lastOffset,
    };
  }

  /** Returns the reason where the record is no row of its table. */
  #add(read: Exclude<ReadChange, { kind: 'tombstone' }>, record: KafkaRecord): string | null {
    if (read.kind === 'malformed') return read.reason;
    if (this.#rows === null) return `topic ${record.topic} belongs to no table of the shop`;
    if (read.change.table !== this.#table) return `a change of ${read.change.table} in topic ${record.topic}`;
    return this.#rows.add(read.change, record);
  }
}

/** `ecommerce.public.orders` -> `orders`. */
function shopTableOf(topic: string): ShopTable | null {
  const name = topic.slice(topic.lastIndexOf('.') + 1);
  return isShopTable(name) ? name : null;
}
