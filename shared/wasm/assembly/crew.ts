/** How threads share work and wait for each other, through words of the memory that they share. */

// @ts-ignore: decorator
@unmanaged
export class Crew {
  threads: i32;
  // Written by the threads.
  arrived: i32;
  generation: i32;
  cursor: i32;
  /** Why all threads stop early: a number of the kernel's own, or 0. */
  stop: i32;
}

/** Looks at a word before a thread sleeps: the others come within microseconds where work is shared evenly. */
const LOOKS = 2000;

/** `takeAny`; -1 also once the threads shall stop. */
export function takeNext(crew: Crew, count: i32): i32 {
  return isStopped(crew) ? -1 : takeAny(crew, count);
}

/** The next number below `count` that no thread has taken since all threads last met, or -1. */
export function takeAny(crew: Crew, count: i32): i32 {
  const taken = atomic.add<i32>(addressOf(crew, offsetof<Crew>('cursor')), 1);
  return taken < count ? taken : -1;
}

/** Waits until all threads are here. Whoever is last sets the cursor back. */
export function waitForAll(crew: Crew): void {
  const generation = addressOf(crew, offsetof<Crew>('generation'));
  const own = atomic.load<i32>(generation);
  if (atomic.add<i32>(addressOf(crew, offsetof<Crew>('arrived')), 1) + 1 === crew.threads) {
    atomic.store<i32>(addressOf(crew, offsetof<Crew>('arrived')), 0);
    atomic.store<i32>(addressOf(crew, offsetof<Crew>('cursor')), 0);
    atomic.add<i32>(generation, 1);
    atomic.notify(generation, -1);
  } else {
    for (let look = 0; look < LOOKS; look++) if (atomic.load<i32>(generation) !== own) return;
    while (atomic.load<i32>(generation) === own) atomic.wait<i32>(generation, own, -1);
  }
}

/** The first reason counts. */
export function stopAll(crew: Crew, reason: i32): void {
  atomic.cmpxchg<i32>(addressOf(crew, offsetof<Crew>('stop')), 0, reason);
}

export function isStopped(crew: Crew): bool {
  return atomic.load<i32>(addressOf(crew, offsetof<Crew>('stop'))) !== 0;
}

// @ts-ignore: decorator
@inline
function addressOf(crew: Crew, offset: usize): usize {
  return changetype<usize>(crew) + offset;
}
