import { ALERTS_TOPIC } from '../../shared/control/index.ts';
import { BEHAVIOUR_TOPIC, DEAD_LETTER_SUFFIX, REVENUE_TOPIC } from '../../shared/domain/index.ts';
import { changeTopic, SHOP_TABLES } from '../../shared/tables/index.ts';

const SINGLE_PARTITION = 1;

export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
}

/** Every topic of the platform. Dead letters and alerts are few, and their order matters more than their rate. */
export function planTopics(partitions: number): readonly TopicPlan[] {
  const consumed = [...SHOP_TABLES.map(changeTopic), BEHAVIOUR_TOPIC];
  return [
    ...consumed.map((topic) => ({ topic, partitions })),
    ...consumed.map((topic) => ({ topic: `${topic}${DEAD_LETTER_SUFFIX}`, partitions: SINGLE_PARTITION })),
    { topic: REVENUE_TOPIC, partitions },
    { topic: ALERTS_TOPIC, partitions: SINGLE_PARTITION },
  ];
}
