import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { describeAppending } from './event-log-appending.contract.ts';
import { describeConsuming } from './event-log-consuming.contract.ts';
import { EventLogContract, type EventLogHarness } from './event-log-setting.contract.ts';

/** What every event log does. Topics and groups have fresh names, so a shared broker serves as well as a folder. */
export function describeEventLog(name: string, start: () => Promise<EventLogHarness>): void {
  describe(`event log contract: ${name}`, () => {
    const contract = new EventLogContract(start);
    beforeAll(() => contract.setUp());
    afterEach(() => contract.stopConsumers());
    afterAll(() => contract.tearDown());
    describeAppending(contract);
    describeConsuming(contract);
  });
}
