import { type AlsModel, dot } from './als-reference.ts';
import { positionOf } from './interaction-matrix.ts';

export interface Prediction {
  readonly user: number;
  readonly item: number;
  /** NaN where user or item is unknown and the model's `coldStartStrategy` is `nan`. */
  readonly prediction: number;
}

/** Spark's `transform`: one prediction per pair; unknown users and items as `coldStartStrategy` says. */
export function predict(
  model: AlsModel,
  pairs: Iterable<{ readonly user: number; readonly item: number }>,
): Prediction[] {
  const { rank, coldStartStrategy } = model.parameters;
  const predictions: Prediction[] = [];
  for (const { user, item } of pairs) {
    const row = positionOf(model.userIds, user);
    const column = positionOf(model.itemIds, item);
    if (row >= 0 && column >= 0) {
      predictions.push({
        user,
        item,
        prediction: dot(model.userFactors, row * rank, model.itemFactors, column * rank, rank),
      });
    } else if (coldStartStrategy === 'nan') predictions.push({ user, item, prediction: Number.NaN });
  }
  return predictions;
}
