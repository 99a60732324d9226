import { randomNumbers } from '../random.ts';
import type { RankingRows } from '../ranking-rows.ts';

export interface SyntheticShape {
  readonly queries: number;
  readonly rowsPerQuery: number;
  readonly features: number;
  readonly seed: number;
}

/**
 * Rows as a shop has them: counts that are mostly 0, values of few steps, skewed values, some missing, some negative. The grade
 * follows from some of them, their products and what is missing, and from noise; the rest is noise alone.
 */
export function syntheticRows({ queries, rowsPerQuery, features: width, seed }: SyntheticShape): RankingRows {
  const count = queries * rowsPerQuery;
  const random = randomNumbers(seed, 0);
  const features = new Float32Array(count * width);
  const labels = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const at = row * width;
    let worth = 0;
    for (let feature = 0; feature < width; feature++) {
      const value = drawValue(feature % 5, random);
      features[at + feature] = value;
      if (feature % 3 === 0) worth += Number.isNaN(value) ? 0.4 : Math.tanh(value) / (1 + feature / 10);
    }
    const crossed = features[at]! * features[at + Math.min(3, width - 1)]!;
    worth += Number.isNaN(crossed) ? 0 : Math.tanh(crossed);
    worth += 4 * (random() + random() + random() - 1.5);
    labels[row] = worth > 6 ? 3 : worth > 5 ? 2 : worth > 4 ? 1 : 0;
  }
  return {
    features,
    labels,
    groups: new Int32Array(queries).fill(rowsPerQuery),
    featureNames: Array.from({ length: width }, (_, feature) => `feature_${feature}`),
  };
}

function drawValue(kind: number, random: () => number): number {
  const bell = random() + random() + random() - 1.5;
  switch (kind) {
    case 0:
      return random() < 0.15 ? Number.NaN : bell;
    case 1:
      return random() < 0.7 ? 0 : Math.ceil(5 * random() ** 2);
    case 2:
      return Math.exp(3 * bell);
    case 3:
      return Math.round(3 * bell);
    default:
      return random() < 0.3 ? 0 : 10 * bell;
  }
}
