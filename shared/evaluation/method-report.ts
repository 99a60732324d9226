import { type ActivityGroup, activityQuartiles } from './activity.ts';
import { type Interval, meanInterval } from './bootstrap.ts';
import { type CatalogueFacts, catalogueFacts, type Exposure, exposureOf } from './exposure.ts';
import { type Measured, type Method, measureLists, type RankedCustomer, rankCustomers } from './measure.ts';
import type { TemporalSplit } from './temporal-split.ts';

/** All that is measured of a method with lists of one length. */
export interface MethodAtLength {
  /** Products in a list. */
  readonly k: number;
  /** Everything may be listed, and counts. */
  readonly any: Measured;
  /** Only products that the customer had bought, in list and truth. */
  readonly repeat: Measured;
  /** Only products that the customer had never bought, in list and truth. */
  readonly novel: Measured;
  /** Customers without a history, with what they are shown: the same list for all of them. */
  readonly unknown: Measured;
  /** Of the lists of known customers. */
  readonly exposure: { readonly any: Exposure; readonly novel: Exposure };
}

export interface MethodReport extends MethodAtLength {
  readonly name: string;
  /** NDCG with its 95 % interval over customers. */
  readonly ndcg: { readonly any: Interval; readonly repeat: Interval; readonly novel: Interval };
  readonly byActivity: readonly ActivityMeasure[];
  /** By length of the list, as they were asked for; the first is what the fields beside it are of. */
  readonly lengths: readonly MethodAtLength[];
}

/** NDCG of the customers who had bought in `from` to `to` baskets before the cut. */
export interface ActivityMeasure extends Pick<ActivityGroup, 'from' | 'to'> {
  readonly any: { readonly customers: number; readonly ndcg: number };
  readonly novel: { readonly customers: number; readonly ndcg: number };
}

export interface ReportOptions {
  readonly catalogue: Int32Array;
  readonly split: TemporalSplit;
  /** Not empty; the first is what intervals and groups are of. */
  readonly listLengths: readonly number[];
  readonly categories: ReadonlyMap<number, string>;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

export function reportMethods(methods: readonly Method[], options: ReportOptions): MethodReport[] {
  const facts = catalogueFacts(options.catalogue, options.split, options.categories);
  const groups = activityQuartiles(options.split.customers);
  return methods.map((method) => reportMethod(method, options, facts, groups));
}

function reportMethod(
  method: Method,
  { catalogue, split, listLengths, seed, signal }: ReportOptions,
  facts: CatalogueFacts,
  groups: readonly ActivityGroup[],
): MethodReport {
  signal?.throwIfAborted();
  const longest = Math.max(...listLengths);
  const known = rankCustomers(method, catalogue, split.customers, longest);
  const unknown = rankCustomers(method, catalogue, split.unknown, longest);
  const lengths = listLengths.map((k) => atLength(known, unknown, facts, k));
  const first = lengths[0]!;
  return {
    name: method.name,
    ...first,
    ndcg: {
      any: meanInterval(first.any.ndcgOf, seed),
      repeat: meanInterval(first.repeat.ndcgOf, seed),
      novel: meanInterval(first.novel.ndcgOf, seed),
    },
    byActivity: groups.map((group) => activityMeasure(group, first)),
    lengths,
  };
}

function atLength(
  known: readonly RankedCustomer[],
  unknown: readonly RankedCustomer[],
  facts: CatalogueFacts,
  k: number,
): MethodAtLength {
  const size = facts.catalogue.length;
  const shown = (scope: 'any' | 'novel') =>
    known.flatMap(({ lists }) => {
      const list = lists[scope];
      return list === null ? [] : [list.slice(0, k)];
    });
  return {
    k,
    any: measureLists(known, 'any', size, k),
    repeat: measureLists(known, 'repeat', size, k),
    novel: measureLists(known, 'novel', size, k),
    unknown: measureLists(unknown, 'any', size, k),
    exposure: { any: exposureOf(shown('any'), facts), novel: exposureOf(shown('novel'), facts) },
  };
}

function activityMeasure(group: ActivityGroup, { any, novel }: MethodAtLength): ActivityMeasure {
  const members = new Set(group.customers.map(({ customer }) => customer));
  const within = ({ customerIds, ndcgOf }: Measured): { customers: number; ndcg: number } => {
    const values = [...ndcgOf].filter((_, index) => members.has(customerIds[index]!));
    const sum = values.reduce((total, value) => total + value, 0);
    return { customers: values.length, ndcg: values.length === 0 ? 0 : sum / values.length };
  };
  return { from: group.from, to: group.to, any: within(any), novel: within(novel) };
}
