import { describe, expect, it } from 'vitest';
import { type MeasuredModel, planPromotion } from './plan-promotion.ts';

type Interval = readonly [mean: number, low: number, high: number];

function model(
  ndcgAt10: number,
  leads: Readonly<Record<string, Interval>>,
  validationCustomers = 100,
): MeasuredModel {
  return {
    metrics: { ndcgAt10, validationCustomers },
    baselines: Object.fromEntries(
      Object.entries(leads).map(([name, [leadAt10, leadAt10Low, leadAt10High]]) => [
        name,
        { ndcgAt10: ndcgAt10 - leadAt10, leadAt10, leadAt10Low, leadAt10High },
      ]),
    ),
  };
}

const CLEAR: Interval = [0.2, 0.15, 0.25];
const live = (lead: Interval): MeasuredModel => model(0.3, { popularity: CLEAR, 'personal frequency': lead });

describe('planPromotion', () => {
  it.each<[string, MeasuredModel, MeasuredModel | null, boolean, string]>([
    [
      'the first that beats popularity beyond noise',
      model(0.3, { popularity: CLEAR }),
      null,
      true,
      'NDCG@10 0.300 over 100 customers beats popularity (0.100, lead 0.200, 95 % from 0.150 to 0.250)',
    ],
    [
      'a lead over popularity that may be noise',
      model(0.3, { popularity: [0.1, -0.01, 0.2] }),
      null,
      false,
      'does not beat popularity beyond noise',
    ],
    [
      'one worse than another baseline beyond noise',
      model(0.3, { popularity: CLEAR, 'personal frequency': [-0.02, -0.03, -0.01] }),
      null,
      false,
      'is worse than personal frequency (0.320, lead -0.020',
    ],
    [
      'one as good as what cannot be bettered',
      model(0.3, { popularity: CLEAR, 'personal frequency': [0, 0, 0] }),
      null,
      true,
      'beats popularity',
    ],
    [
      'a lower figure of a harder fortnight, with a lead like that of the live one',
      model(0.2, { popularity: CLEAR, 'personal frequency': [0.03, 0.02, 0.04] }),
      live([0.035, 0.02, 0.05]),
      true,
      'holds against the live model (0.300)',
    ],
    [
      'a lead below that of the live one by less than both together are uncertain',
      model(0.4, { popularity: CLEAR, 'personal frequency': [0.01, -0.02, 0.04] }),
      live([0.06, 0.02, 0.1]),
      true,
      'holds against',
    ],
    [
      'a lead below that of the live one beyond noise',
      model(0.4, { popularity: CLEAR, 'personal frequency': [0.01, -0.02, 0.04] }),
      live([0.07, 0.03, 0.11]),
      false,
      'is worse than the live model',
    ],
    [
      'one that could not be measured',
      { metrics: { validationCustomers: 0 }, baselines: {} },
      null,
      false,
      'no customer',
    ],
    [
      'one that was compared with nothing',
      { metrics: { ndcgAt10: 0.3, validationCustomers: 9 }, baselines: {} },
      null,
      false,
      'was not compared with popularity',
    ],
  ])('%s', (_, candidate, other, promote, reason) => {
    const plan = planPromotion(candidate, other);
    expect(plan.reason).toContain(reason);
    expect(plan.promote).toBe(promote);
  });

  it.each([
    [0.29, true],
    [0.25, false],
  ])(
    'compares %d with a live model that was registered without intervals by a tolerance',
    (ndcg, promote) => {
      const candidate = model(ndcg, { popularity: CLEAR, 'personal frequency': [0.03, 0.02, 0.04] });
      const older: MeasuredModel = {
        metrics: { ndcgAt10: 0.3 },
        baselines: { popularity: { ndcgAt10: 0.1 } },
      };
      expect(planPromotion(candidate, older).promote).toBe(promote);
    },
  );
});
