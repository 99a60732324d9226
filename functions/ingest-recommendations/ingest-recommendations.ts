import {
  decodeBehaviourEvent,
  type EpochMillis,
  microsOfMillis,
  type RecommendationServed,
} from '../../shared/domain/index.ts';
import { groupByPartition, type KafkaRecord } from '../../shared/kafka/index.ts';
import { batchOfRows, type Table } from '../../shared/lake/index.ts';
import { appendOnce, QUARANTINE, quarantineBatch, RECOMMENDATIONS } from '../../shared/tables/index.ts';

export interface IngestRecommendationsPorts {
  readonly lakeTable: (path: string) => Table;
  readonly eventLogIncarnation: string;
  readonly now: () => EpochMillis;
}

export interface IngestRecommendationsReport {
  readonly recommendations: number;
  readonly quarantined: number;
}

/** Appends every served recommendation to `serving/recommendations`, one row an item, exactly once. */
export async function ingestRecommendations(
  records: readonly KafkaRecord[],
  { lakeTable, eventLogIncarnation, now }: IngestRecommendationsPorts,
): Promise<IngestRecommendationsReport> {
  const report = { recommendations: 0, quarantined: 0 };
  for (const { topic, partition, records: ofPartition } of groupByPartition(records)) {
    const served: { event: RecommendationServed; offset: number }[] = [];
    const malformed: { record: KafkaRecord; reason: string; offset: number }[] = [];
    for (const record of ofPartition) {
      const decoded = decodeBehaviourEvent(record.value);
      if (decoded.kind === 'event') served.push({ event: decoded.event, offset: record.offset });
      else malformed.push({ record, reason: decoded.reason, offset: record.offset });
    }
    const lastOffset = ofPartition.at(-1)?.offset ?? -1;
    const source = { incarnation: eventLogIncarnation, topic, partition, lastOffset };
    report.quarantined += await appendOnce(lakeTable(QUARANTINE.name), source, malformed, (fresh) => ({
      schema: QUARANTINE.schema,
      configuration: QUARANTINE.configuration,
      batches: [quarantineBatch(fresh, 'ingest-recommendations', now())],
    }));
    report.recommendations += await appendOnce(lakeTable(RECOMMENDATIONS.name), source, served, (fresh) => ({
      schema: RECOMMENDATIONS.schema,
      configuration: RECOMMENDATIONS.configuration,
      batches: [
        batchOfRows(
          RECOMMENDATIONS.schema,
          fresh.flatMap(({ event }) => rowsOf(event)),
        ),
      ],
    }));
  }
  return report;
}

function rowsOf(event: RecommendationServed) {
  return event.items.map((item, index) => ({
    recommendation_id: event.recommendationId,
    user_id: event.userId,
    generated_at: microsOfMillis(event.generatedAt),
    shelf: event.shelf,
    fallback: event.fallback,
    model_version: event.modelVersion,
    position: index + 1,
    product_id: item.productId,
    score: item.score,
    source: item.source,
    reason: item.reason,
  }));
}
