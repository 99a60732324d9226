import { runningService } from '../../localstack/services/native/running-services.ts';
import { describeEventLog } from '../kafka/event-log.contract.ts';
import { openKafkaEventLog } from './kafka-event-log.ts';
import { TestTopics } from './kafka-event-log-testing.ts';

describeEventLog('kafka', async () => {
  const brokers = [new URL(runningService('kafka').url).host];
  const topics = new TestTopics(brokers);
  return {
    open: async () => topics.watch(await openKafkaEventLog({ brokers, onProblem: () => undefined })),
    destroy: () => topics.remove(),
  };
});
