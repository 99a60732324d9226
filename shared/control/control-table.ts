/**
 * The control table port: small JSON items under (partition, sort), each with its own version that grows by one
 * with every write. Writes are conditional writes of one item; there are no transactions, because not every
 * DynamoDB stands for them. Every adapter passes `control-table.contract.ts`.
 */
export interface ControlTable {
  /** Reads its own and everybody's last stored write; null where there is none. */
  get(key: ControlKey): Promise<ControlItem | null>;
  /** Stores the item when its version is still `expectedVersion` (null: when there is no item). */
  put(key: ControlKey, value: JsonObject, expectedVersion: number | null): Promise<PutOutcome>;
  /** Items of one partition in the byte order of their sort keys, or against it. */
  query(query: ControlQuery): Promise<readonly ControlItem[]>;
  close(): Promise<void>;
}

export interface ControlKey {
  /** Not empty. */
  readonly partition: string;
  /** Not empty. */
  readonly sort: string;
}

export interface ControlItem extends ControlKey {
  /** From 1. */
  readonly version: number;
  readonly value: JsonObject;
}

export interface ControlQuery {
  readonly partition: string;
  /** What the sort key starts with; default: everything. */
  readonly sortPrefix?: string;
  /** `last-first` is newest first where sort keys start with a time. Default `first-first`. */
  readonly order?: 'first-first' | 'last-first';
  /** Default: all. */
  readonly limit?: number;
}

export type PutOutcome =
  | { readonly outcome: 'stored'; readonly version: number }
  | { readonly outcome: 'conflict'; readonly current: ControlItem | null };

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}
