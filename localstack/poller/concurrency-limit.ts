/** Runs at most so many tasks at once; the others wait in the order in which they came. */
export interface ConcurrencyLimit {
  run<T>(task: () => Promise<T>): Promise<T>;
}

export function concurrencyLimit(most: number): ConcurrencyLimit {
  const waiting: (() => void)[] = [];
  let free = most;
  return {
    run: async (task) => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await task();
      } finally {
        // A place goes straight to the next in line, so that nobody can overtake.
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
