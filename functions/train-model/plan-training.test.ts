import { expect, it } from 'vitest';
import type { ModelVersion } from '../../shared/control/index.ts';
import { epochMillis } from '../../shared/domain/index.ts';
import { planTraining, type TrainingSource } from './plan-training.ts';

const NOON = epochMillis(Date.UTC(2026, 10, 23, 12));
const VERSION: ModelVersion = {
  version: 'm-1',
  registeredAt: NOON,
  shopTime: NOON,
  metrics: {},
  baselines: {},
  lakeVersions: { 'current/orders': 4, 'current/order_items': 7 },
  parameters: {},
};
const SOURCE: TrainingSource = { lakeVersions: VERSION.lakeVersions, shopTime: NOON };

it('reuses the version that was trained from the same tables on the same day, and says so', () => {
  for (const shopTime of [NOON, Date.UTC(2026, 10, 23), Date.UTC(2026, 10, 23, 23, 59, 59, 999)]) {
    expect(planTraining(VERSION, { ...SOURCE, shopTime: epochMillis(shopTime) })).toEqual({
      kind: 'reuse',
      version: VERSION,
      reason:
        'm-1 was trained from current/orders at version 4 and current/order_items at version 7 on 2026-11-23',
    });
  }
});

const { shopTime: _, ...WITHOUT_SHOP_TIME } = VERSION;

it.each<[string, ModelVersion | null, TrainingSource]>([
  ['nothing is registered', null, SOURCE],
  [
    'an order changed',
    VERSION,
    { ...SOURCE, lakeVersions: { 'current/orders': 5, 'current/order_items': 7 } },
  ],
  [
    'an order line changed',
    VERSION,
    { ...SOURCE, lakeVersions: { 'current/orders': 4, 'current/order_items': 8 } },
  ],
  [
    'the lake was made anew',
    VERSION,
    { ...SOURCE, lakeVersions: { 'current/orders': 0, 'current/order_items': 0 } },
  ],
  ['a day has gone by', VERSION, { ...SOURCE, shopTime: epochMillis(Date.UTC(2026, 10, 24)) }],
  ['the version does not say when it looked back from', WITHOUT_SHOP_TIME, SOURCE],
  ['trees were left to the next run', { ...VERSION, parameters: { triedTrees: false } }, SOURCE],
  ['the version names no tables', { ...VERSION, lakeVersions: {} }, SOURCE],
])('trains where %s', (_, newest, source) => {
  expect(planTraining(newest, source)).toEqual({ kind: 'train' });
});
