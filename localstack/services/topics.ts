import { ALERTS_TOPIC } from '../../shared/control/index.ts';
import { BEHAVIOUR_TOPIC } from '../../shared/domain/index.ts';
import { SHOP_TABLES } from '../../shared/tables/index.ts';

export const TOPIC_PREFIX = 'ecommerce';
const SINGLE_PARTITION = 1;

export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
}

/** Every topic of the platform. Dead letters and alerts are few, and their order matters more than their rate. */
export function planTopics(partitions: number): readonly TopicPlan[] {
  const consumed = [...SHOP_TABLES.map((table) => `${TOPIC_PREFIX}.public.${table}`), BEHAVIOUR_TOPIC];
  return [
    ...consumed.map((topic) => ({ topic, partitions })),
    ...consumed.map((topic) => ({ topic: `${topic}.dead-letter`, partitions: SINGLE_PARTITION })),
    { topic: 'realtime_revenue', partitions },
    { topic: ALERTS_TOPIC, partitions: SINGLE_PARTITION },
  ];
}
