import { messageOf } from '../../shared/errors.ts';

/** Steps that undo what was started, newest last. */
export type Undo = (() => unknown)[];

/**
 * Takes the steps, newest first, and empties the list. After one that failed the others are taken all the same: they end
 * processes and release locks.
 * @throws AggregateError of what failed
 */
export async function undoAll(undo: Undo): Promise<void> {
  const problems: unknown[] = [];
  for (const step of undo.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      problems.push(error);
    }
  }
  if (problems.length > 0) throw new AggregateError(problems, problems.map(messageOf).join('; '));
}
