// The process that answers, with what a function's process holds and nothing of all that the shop was made of: a collection takes as
// long as there is much to look at. Started with a channel: is sent `Questions`, sends `Answers`, and ends.
import { performance } from 'node:perf_hooks';
import { recommend } from '../../functions/recommend/recommend.ts';
import { parseRecommendRequest } from '../../functions/recommend/request.ts';
import { epochMillis, userId } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import {
  basketsOf,
  foldCustomer,
  momentOf,
  type Ranker,
  signalsOf,
  viewOf,
} from '../../shared/ranking/index.ts';
import { readHistory } from '../../shared/serving/index.ts';
import { type HotFunction, openCpuProfiles } from './cpu-profile.ts';
import { openServedShop } from './served-shop.ts';

export interface Questions {
  /** That `storeShop` has filled. */
  readonly folder: string;
  /** The moment at which the shop is asked, milliseconds since 1970 UTC. */
  readonly now: number;
  /** Customers who are asked for first, without being timed. */
  readonly warmUp: readonly number[];
  readonly asked: readonly number[];
  /** Where a profile of a second round goes, and its name. */
  readonly profile?: { readonly folder: string; readonly name: string } | undefined;
}

export interface Answers {
  /** Milliseconds of each answer. */
  readonly times: readonly number[];
  /** Candidates of each answer. */
  readonly candidates: readonly number[];
  readonly products: number;
  readonly trees: number;
  readonly hot: readonly HotFunction[];
}

process.once('message', (questions: Questions) => {
  answersTo(questions).then(
    (answers) => process.send?.(answers, undefined, undefined, () => process.disconnect()),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});

async function answersTo({ folder, now, warmUp, asked, profile }: Questions): Promise<Answers> {
  const { ports, close } = await openServedShop(folder, epochMillis(now));
  const answer = async (customer: number): Promise<number> => {
    const begin = performance.now();
    const { items } = await recommend(
      parseRecommendRequest({
        path: `/v1/recommendations/${customer}`,
        pathParameters: { userId: String(customer) },
        query: { n: '10' },
      }),
      ports,
    );
    const took = performance.now() - begin;
    if (items.length !== 10) throw new PlatformError('bench_answer', `${items.length} products of 10`);
    return took;
  };
  for (const customer of warmUp) await answer(customer);
  const times: number[] = [];
  for (const customer of asked) times.push(await answer(customer));

  const { ranker } = await ports.servingState();
  const candidates: number[] = [];
  for (const customer of asked) {
    const history = await readHistory(userId(customer), epochMillis(now), ports.online);
    candidates.push(candidateCount(ranker, basketsOf(history), now));
  }
  const hot: HotFunction[] = [];
  if (profile !== undefined) {
    const profiles = await openCpuProfiles(profile.folder);
    await profiles.run(async () => {
      for (const customer of asked) await answer(customer);
    });
    hot.push(...(await profiles.finish(profile.name)));
    profiles.close();
  }
  await close();
  const trees = ranker.learned?.trees.any?.trees.length ?? 0;
  return { times, candidates, products: ranker.catalogue.length, trees, hot };
}

function candidateCount(ranker: Ranker, baskets: ReturnType<typeof basketsOf>, now: number): number {
  const signals = signalsOf(ranker, baskets, now, foldCustomer(ranker, baskets, now)?.factors ?? null);
  const view = viewOf(ranker, baskets, now, signals);
  return view === null ? 0 : momentOf(view, 'any').candidates.products.length;
}
