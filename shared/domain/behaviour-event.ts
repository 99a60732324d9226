import { type EpochMillis, epochMillis, isId, type ProductId, type UserId } from './ids.ts';
import { isJsonObject } from './json-object.ts';

/** One answered recommendation request, as it lies in topic `recommendation_events`. */
export interface RecommendationServed {
  readonly type: 'served';
  readonly recommendationId: string;
  /** null: a list that is of nobody, such as what is similar to a product. */
  readonly userId: UserId | null;
  readonly generatedAt: EpochMillis;
  readonly shelf: string;
  /** The products that the list was asked for: the one that others are similar to, or those of a basket. */
  readonly about: readonly ProductId[];
  /** The simpler source that answered, or null. */
  readonly fallback: string | null;
  /** null: no model was live. */
  readonly modelVersion: string | null;
  /** Names the definition of the items' features; null where no item has any. */
  readonly featureSet: string | null;
  readonly items: readonly ServedItem[];
}

export interface ServedItem {
  readonly productId: ProductId;
  readonly score: number;
  readonly source: string;
  readonly reason: string;
  /** What the item was ranked by, in the order of the feature set; NaN is "not known". null: it was not ranked by features. */
  readonly features: Float32Array | null;
}

export type BehaviourEvent = RecommendationServed;

export const BEHAVIOUR_TOPIC = 'recommendation_events';
const FORMAT_VERSION = 1;

/** A feature is a number in the record, and null for NaN. */
export function encodeBehaviourEvent(event: BehaviourEvent): Uint8Array {
  const items = event.items.map((item) => ({
    ...item,
    features: item.features === null ? null : Array.from(item.features, shortest),
  }));
  return Buffer.from(JSON.stringify({ v: FORMAT_VERSION, ...event, items }));
}

export type DecodedBehaviourEvent =
  | { readonly kind: 'event'; readonly event: BehaviourEvent }
  | { readonly kind: 'malformed'; readonly reason: string };

/** A record without `about`, `featureSet` or `features` has none. */
export function decodeBehaviourEvent(value: Uint8Array | null): DecodedBehaviourEvent {
  if (value === null) return malformed('a recommendation event has a value');
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    return malformed('the value is not JSON');
  }
  if (!isJsonObject(parsed)) return malformed('the value is not a JSON object');
  if (parsed.v !== FORMAT_VERSION) {
    return malformed(`format version ${JSON.stringify(parsed.v)} is not ${FORMAT_VERSION}`);
  }
  const { type, recommendationId, userId, generatedAt, shelf, fallback, modelVersion, items } = parsed;
  const { about = [], featureSet = null } = parsed;
  if (type !== 'served') return malformed(`type ${JSON.stringify(type)} is not known`);
  if (typeof recommendationId !== 'string' || recommendationId === '')
    return malformed('recommendationId must be text');
  if (userId !== null && !isId(userId)) return malformed('userId must be an id or null');
  if (!Number.isSafeInteger(generatedAt)) return malformed('generatedAt must be whole milliseconds');
  if (typeof shelf !== 'string') return malformed('shelf must be text');
  if (!Array.isArray(about) || !about.every(isId)) return malformed('about must be a list of ids');
  if (!isTextOrNull(fallback)) return malformed('fallback must be text or null');
  if (!isTextOrNull(modelVersion)) return malformed('modelVersion must be text or null');
  if (!isTextOrNull(featureSet)) return malformed('featureSet must be text or null');
  if (!Array.isArray(items) || !items.every(isRecordedItem)) {
    return malformed('items must be a list of {productId, score, source, reason, features}');
  }
  return {
    kind: 'event',
    event: {
      type,
      recommendationId,
      userId: userId as UserId | null,
      generatedAt: epochMillis(generatedAt as number),
      shelf,
      about: about as ProductId[],
      fallback,
      modelVersion,
      featureSet,
      items: items.map(servedItem),
    },
  };
}

/** Nine significant digits tell every float32 from its neighbours (IEEE 754-2019, 5.12.2). */
function shortest(feature: number): number | null {
  return Number.isNaN(feature) ? null : Number(feature.toPrecision(9));
}

function malformed(reason: string): DecodedBehaviourEvent {
  return { kind: 'malformed', reason };
}

type RecordedItem = Omit<ServedItem, 'features'> & {
  readonly features?: readonly (number | null)[] | null;
};

function isRecordedItem(item: unknown): item is RecordedItem {
  return (
    isJsonObject(item) &&
    isId(item.productId) &&
    typeof item.score === 'number' &&
    typeof item.source === 'string' &&
    typeof item.reason === 'string' &&
    (item.features === undefined || item.features === null || isFeatures(item.features))
  );
}

function isFeatures(value: unknown): boolean {
  return Array.isArray(value) && value.every((feature) => feature === null || typeof feature === 'number');
}

function servedItem({ productId, score, source, reason, features = null }: RecordedItem): ServedItem {
  return {
    productId,
    score,
    source,
    reason,
    features: features === null ? null : Float32Array.from(features, (feature) => feature ?? Number.NaN),
  };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
