import { describeEventLog } from '../kafka/event-log.contract.ts';
import { openKafkaEventLog } from './kafka-event-log.ts';
import { kafkaBrokers, TestTopics } from './kafka-event-log-testing.ts';

describeEventLog('kafka', async () => {
  const topics = new TestTopics();
  return {
    open: async () =>
      topics.watch(await openKafkaEventLog({ brokers: kafkaBrokers(), onProblem: () => undefined })),
    destroy: () => topics.remove(),
  };
});
