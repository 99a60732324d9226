import type {
  Assignment,
  CommitOutcome,
  EventLog,
  KafkaRecord,
  NewRecord,
  Subscription,
} from '../../shared/kafka/index.ts';

/** An event log whose consumer gets what the test hands it, and loses partitions when the test says so. */
export class HandFedLog implements EventLog {
  readonly appended: NewRecord[] = [];
  readonly commits: number[] = [];
  #subscription: Subscription | null = null;

  /** The partition as it is given to the consumer, until `lose` is called. */
  assign(topic: string, partition: number): { assignment: Assignment; lose: () => void } {
    const lost = new AbortController();
    const commit = async (nextOffset: number): Promise<CommitOutcome> => {
      if (lost.signal.aborted) return 'lost';
      this.commits.push(nextOffset);
      return 'committed';
    };
    return { assignment: { topic, partition, lost: lost.signal, commit }, lose: () => lost.abort() };
  }

  deliver(records: readonly KafkaRecord[], assignment: Assignment): Promise<void> {
    if (this.#subscription === null) throw new Error('nobody has subscribed');
    return this.#subscription.deliver(records, assignment);
  }

  async createTopics(): Promise<void> {}

  async append(records: readonly NewRecord[]) {
    this.appended.push(...records);
    return [];
  }

  async subscribe(subscription: Subscription) {
    this.#subscription = subscription;
    return { stop: async () => undefined };
  }

  async positions() {
    return [];
  }

  async close(): Promise<void> {}
}
