/** How threads share work and wait for each other, through words of the plan. */
import { Plan } from './plan';

/** The next number below `count` that no thread has taken since all threads last met, or -1; -1 also once they shall stop. */
export function takeNext(plan: Plan, count: i32): i32 {
  if (atomic.load<i32>(addressOf(plan, offsetof<Plan>('stop'))) !== 0) return -1;
  const taken = atomic.add<i32>(addressOf(plan, offsetof<Plan>('cursor')), 1);
  return taken < count ? taken : -1;
}

/** Waits until all threads are here. Whoever is last sets the cursor back. */
export function waitForAll(plan: Plan): void {
  const generation = addressOf(plan, offsetof<Plan>('generation'));
  const own = atomic.load<i32>(generation);
  if (atomic.add<i32>(addressOf(plan, offsetof<Plan>('arrived')), 1) + 1 === plan.threads) {
    atomic.store<i32>(addressOf(plan, offsetof<Plan>('arrived')), 0);
    atomic.store<i32>(addressOf(plan, offsetof<Plan>('cursor')), 0);
    atomic.add<i32>(generation, 1);
    atomic.notify(generation, -1);
  } else {
    while (atomic.load<i32>(generation) === own) atomic.wait<i32>(generation, own, -1);
  }
}

/** The first reason counts. */
export function stopAll(plan: Plan, reason: i32): void {
  atomic.cmpxchg<i32>(addressOf(plan, offsetof<Plan>('stop')), 0, reason);
}

// @ts-ignore: decorator
@inline
function addressOf(plan: Plan, offset: usize): usize {
  return changetype<usize>(plan) + offset;
}
