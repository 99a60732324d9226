import { type EpochMillis, epochMillis, isId, type ProductId, type UserId } from './ids.ts';
import { isJsonObject } from './json-object.ts';

/** One answered recommendation request, as it lies in topic `recommendation_events`. */
export interface RecommendationServed {
  readonly type: 'served';
  readonly recommendationId: string;
  readonly userId: UserId;
  readonly generatedAt: EpochMillis;
  readonly shelf: string;
  /** The simpler source that answered, or null. */
  readonly fallback: string | null;
  /** null: no model was live. */
  readonly modelVersion: string | null;
  readonly items: readonly ServedItem[];
}

export interface ServedItem {
  readonly productId: ProductId;
  readonly score: number;
  readonly source: string;
  readonly reason: string;
}

export type BehaviourEvent = RecommendationServed;

export const BEHAVIOUR_TOPIC = 'recommendation_events';
const FORMAT_VERSION = 1;

export function encodeBehaviourEvent(event: BehaviourEvent): Uint8Array {
  return Buffer.from(JSON.stringify({ v: FORMAT_VERSION, ...event }));
}

export type DecodedBehaviourEvent =
  | { readonly kind: 'event'; readonly event: BehaviourEvent }
  | { readonly kind: 'malformed'; readonly reason: string };

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
  if (type !== 'served') return malformed(`type ${JSON.stringify(type)} is not known`);
  if (typeof recommendationId !== 'string' || recommendationId === '')
    return malformed('recommendationId must be text');
  if (!isId(userId)) return malformed('userId must be an id');
  if (!Number.isSafeInteger(generatedAt)) return malformed('generatedAt must be whole milliseconds');
  if (typeof shelf !== 'string') return malformed('shelf must be text');
  if (!isTextOrNull(fallback)) return malformed('fallback must be text or null');
  if (!isTextOrNull(modelVersion)) return malformed('modelVersion must be text or null');
  if (!Array.isArray(items) || !items.every(isServedItem)) {
    return malformed('items must be a list of {productId, score, source, reason}');
  }
  return {
    kind: 'event',
    event: {
      type,
      recommendationId,
      userId: userId as UserId,
      generatedAt: epochMillis(generatedAt as number),
      shelf,
      fallback,
      modelVersion,
      items,
    },
  };
}

function malformed(reason: string): DecodedBehaviourEvent {
  return { kind: 'malformed', reason };
}

function isServedItem(item: unknown): item is ServedItem {
  return (
    isJsonObject(item) &&
    isId(item.productId) &&
    typeof item.score === 'number' &&
    typeof item.source === 'string' &&
    typeof item.reason === 'string'
  );
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
