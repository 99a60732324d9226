import { PlatformError } from '../../../shared/errors.ts';
import type { EventLog } from '../../../shared/kafka/index.ts';
import type { DestinationAddress } from './destination-address.ts';
import { kafkaDestination } from './kafka-destination.ts';
import type { OnFailureDestination } from './on-failure-destination.ts';
import { queueDestination, type SendMessage } from './queue-destination.ts';
import { type ObjectWriter, s3Destination } from './s3-destination.ts';

/** What destinations outside of the event log need; a mapping that has none of them needs none of these. */
export interface DestinationPorts {
  readonly openBucket?: (bucket: string) => Promise<ObjectWriter>;
  readonly send?: SendMessage;
}

/**
 * Opens the destination of a mapping; a missing Kafka topic is created with one partition.
 * @throws PlatformError `destination_not_available` where the port for it was not given
 */
export async function openDestination(
  address: DestinationAddress,
  { log, mappingId, ports }: { log: EventLog; mappingId: string; ports: DestinationPorts },
): Promise<OnFailureDestination> {
  switch (address.type) {
    case 'kafka':
      await log.createTopics([{ topic: address.topic, partitions: 1 }]);
      return kafkaDestination(address.topic, log);
    case 's3':
      if (ports.openBucket === undefined) throw notAvailable(`bucket ${address.bucket}`, 'openBucket');
      return s3Destination(mappingId, address.prefix, await ports.openBucket(address.bucket));
    case 'sqs':
    case 'sns':
      if (ports.send === undefined) throw notAvailable(address.arn, 'send');
      return queueDestination(address, ports.send);
  }
}

function notAvailable(destination: string, port: keyof DestinationPorts): PlatformError {
  return new PlatformError(
    'destination_not_available',
    `the on-failure destination ${destination} cannot be reached: whoever starts the mapping must give it \`destinations.${port}\``,
  );
}
