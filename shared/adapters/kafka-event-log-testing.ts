import kafkajs from 'kafkajs';
import { runningService } from '../../localstack/services/native/running-services.ts';
import type { EventLog } from '../kafka/index.ts';

/** `host:port` of the Kafka that `npm run services -- up kafka` started. */
export function kafkaBrokers(): readonly string[] {
  return [new URL(runningService('kafka').url).host];
}

/** Remembers the topics that tests create on a broker that others use too, and removes them. */
export class TestTopics {
  readonly #brokers: readonly string[];
  readonly #names = new Set<string>();

  constructor(brokers: readonly string[] = kafkaBrokers()) {
    this.#brokers = brokers;
  }

  watch<Log extends EventLog>(log: Log): Log {
    return {
      ...log,
      createTopics: async (topics) => {
        for (const { topic } of topics) this.#names.add(topic);
        await log.createTopics(topics);
      },
    };
  }

  async remove(): Promise<void> {
    const kafka = new kafkajs.Kafka({ brokers: [...this.#brokers], logLevel: kafkajs.logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [...this.#names] });
    await admin.disconnect();
  }
}
