import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBehaviourEvent,
  encodeBehaviourEvent,
  epochMillis,
  productId,
  type RecommendationServed,
  userId,
} from './index.ts';

const SERVED: RecommendationServed = {
  type: 'served',
  recommendationId: 'r-1',
  userId: userId(42),
  generatedAt: epochMillis(1_795_000_000_000),
  shelf: 'for-you',
  about: [],
  fallback: null,
  modelVersion: null,
  featureSet: null,
  items: [
    {
      productId: productId(17),
      score: 0.5,
      source: 'als',
      reason: 'like what you bought',
      features: null,
    },
  ],
};

function afterTheTopic(event: RecommendationServed): RecommendationServed {
  const decoded = decodeBehaviourEvent(encodeBehaviourEvent(event));
  if (decoded.kind === 'malformed') throw new Error(decoded.reason);
  return decoded.event;
}

/** A record with other fields than the event; `undefined` leaves one out. */
function recordWith(fields: Record<string, unknown>): Uint8Array {
  const record = JSON.parse(Buffer.from(encodeBehaviourEvent(SERVED)).toString());
  return Buffer.from(JSON.stringify({ ...record, ...fields }));
}

describe('recommendation events', () => {
  it('survive the topic', () => {
    expect(afterTheTopic(SERVED)).toEqual(SERVED);
    const ofNobody = { ...SERVED, userId: null, shelf: 'similar', about: [productId(17)] };
    expect(afterTheTopic(ofNobody)).toEqual(ofNobody);
  });

  it('keep every bit of every feature, and what is not known', () => {
    const feature = fc.float({ noNaN: false, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.float32Array({ noDefaultInfinity: true, maxLength: 60 }), feature, (row, last) => {
        const features = Float32Array.of(...row, last, Number.NaN, Number.MIN_VALUE, 16_777_217);
        const [item] = SERVED.items;
        const event = { ...SERVED, featureSet: 'set-1', items: [{ ...item!, features }] };
        const read = afterTheTopic(event).items[0]?.features;
        // JSON has no negative zero, and no tree tells it from zero.
        expect(read).toEqual(features.map((value) => value + 0));
      }),
    );
  });

  it('are read of a log that was written before there were lists of nobody, and features', () => {
    const [item] = SERVED.items;
    const { features: _, ...withoutFeatures } = item!;
    const old = recordWith({ about: undefined, featureSet: undefined, items: [withoutFeatures] });
    expect(decodeBehaviourEvent(old)).toEqual({ kind: 'event', event: SERVED });
  });

  it.each([
    [null, 'has a value'],
    ['{', 'not JSON'],
    ['[]', 'not a JSON object'],
    ['{"v":2}', 'format version 2'],
    [recordWith({ userId: 0 }), 'userId must be an id or null'],
    [recordWith({ userId: undefined }), 'userId must be an id or null'],
    [recordWith({ about: [0] }), 'about must be a list of ids'],
    [recordWith({ featureSet: 7 }), 'featureSet must be text or null'],
    [recordWith({ items: [{ ...SERVED.items[0], features: ['0.5'] }] }), 'items must be a list of'],
  ])('%s is malformed, with the reason', (value, reason) => {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    expect(decodeBehaviourEvent(bytes)).toMatchObject({
      kind: 'malformed',
      reason: expect.stringContaining(reason),
    });
  });
});
