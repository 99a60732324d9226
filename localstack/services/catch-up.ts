import { setTimeout as sleep } from 'node:timers/promises';
import { type EventLog, offsetLag } from '../../shared/kafka/index.ts';
import type { ConsumedTopic } from './consumer-lag.ts';

/** How often the positions of the consumers are looked at, in milliseconds. */
const POLL_MS = 100;

/**
 * Waits until every consumer has committed what is in its topic now. What is appended meanwhile is not waited for: a shop
 * that sells without a pause would never be caught up with. Gives how many records it took.
 */
export async function catchUp(
  eventLog: Pick<EventLog, 'positions'>,
  consumers: readonly ConsumedTopic[],
  progress: (done: number, total: number, unit: string) => void,
): Promise<number> {
  const ends = await Promise.all(
    consumers.map(async ({ topic }) => (await eventLog.positions(topic)).map(({ latest }) => latest)),
  );
  const waiting = async (): Promise<number> => {
    const lags = await Promise.all(
      consumers.map(async ({ topic, groupId }, index) => {
        const positions = await eventLog.positions(topic, groupId);
        return offsetLag(
          positions.map((position) => {
            const end = ends[index]?.[position.partition] ?? 0;
            // A group that is past the end, or a partition that is new, has nothing to catch up with.
            return { ...position, latest: Math.max(end, position.committed ?? position.earliest) };
          }),
        );
      }),
    );
    return lags.reduce((sum, lag) => sum + lag, 0);
  };
  const first = await waiting();
  for (let left = first; left > 0; left = await waiting()) {
    progress(Math.max(0, first - left), first, 'records');
    await sleep(POLL_MS);
  }
  return first;
}
