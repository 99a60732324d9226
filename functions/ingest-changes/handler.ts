import { recordsOfEvent } from '../../shared/kafka/index.ts';
import { compose } from '../../shared/runtime/compose.ts';
import { ingestChanges } from './ingest-changes.ts';

const platform = compose('ingest-changes');

export async function handler(event: unknown) {
  return ingestChanges(recordsOfEvent(event), {
    lakeTable: await platform.lakeTable(),
    eventLogIncarnation: platform.config.eventLog.incarnation,
    now: platform.clock.now,
  });
}
