import { recordsOfEvent } from '../../shared/kafka/index.ts';
import { compose } from '../../shared/runtime/compose.ts';
import { ingestRecommendations } from './ingest-recommendations.ts';

const platform = compose('ingest-recommendations');

export async function handler(event: unknown) {
  return ingestRecommendations(recordsOfEvent(event), {
    lakeTable: await platform.lakeTable(),
    eventLog: await platform.eventLog(),
    eventLogIncarnation: platform.config.eventLog.incarnation,
    now: platform.clock.now,
  });
}
