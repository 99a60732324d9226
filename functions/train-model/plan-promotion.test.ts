import { expect, it } from 'vitest';
import { planPromotion } from './plan-promotion.ts';

const candidate = (ndcgAt10: number, popularity: number, validationCustomers = 100) => ({
  metrics: { ndcgAt10, validationCustomers },
  baselines: { popularity: { ndcgAt10: popularity } },
});

it.each([
  ['the first that beats popularity', candidate(0.3, 0.1), null, true, 'beats popularity (0.100)'],
  ['one that popularity beats', candidate(0.1, 0.1), null, false, 'does not beat popularity'],
  [
    'one as good as the live one but for noise',
    candidate(0.29, 0.1),
    { ndcgAt10: 0.3 },
    true,
    'holds against',
  ],
  [
    'one worse than the live one',
    candidate(0.25, 0.1),
    { ndcgAt10: 0.3 },
    false,
    'worse than the live model (0.300)',
  ],
  ['one that could not be measured', candidate(0, 0, 0), null, false, 'no customer'],
])('%s', (_, model, live, promote, reason) => {
  const plan = planPromotion(model, live);
  expect(plan.promote).toBe(promote);
  expect(plan.reason).toContain(reason);
});
