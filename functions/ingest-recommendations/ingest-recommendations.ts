import {
  decodeBehaviourEvent,
  microsOfMillis,
  type RecommendationServed,
} from '../../shared/domain/index.ts';
import { groupByPartition, type KafkaRecord } from '../../shared/kafka/index.ts';
import { batchOfRows } from '../../shared/lake/index.ts';
import {
  type MalformedRecord,
  type QuarantinePorts,
  quarantineRecords,
} from '../../shared/runtime/quarantine-records.ts';
import { appendOnce, RECOMMENDATIONS } from '../../shared/tables/index.ts';

export interface IngestRecommendationsPorts extends QuarantinePorts {
  readonly eventLogIncarnation: string;
}

export interface IngestRecommendationsReport {
  readonly recommendations: number;
  readonly quarantined: number;
}

/** Appends every served recommendation to `serving/recommendations`, one row an item, exactly once. */
export async function ingestRecommendations(
  records: readonly KafkaRecord[],
  ports: IngestRecommendationsPorts,
): Promise<IngestRecommendationsReport> {
  const report = { recommendations: 0, quarantined: 0 };
  for (const { topic, partition, records: ofPartition } of groupByPartition(records)) {
    const served: { event: RecommendationServed; offset: number }[] = [];
    const malformed: MalformedRecord[] = [];
    for (const record of ofPartition) {
      const decoded = decodeBehaviourEvent(record.value);
      if (decoded.kind === 'event') served.push({ event: decoded.event, offset: record.offset });
      else malformed.push({ record, reason: decoded.reason, offset: record.offset });
    }
    const lastOffset = ofPartition.at(-1)?.offset ?? -1;
    const source = { incarnation: ports.eventLogIncarnation, topic, partition, lastOffset };
    report.quarantined += await quarantineRecords('ingest-recommendations', malformed, source, ports);
    report.recommendations += await appendOnce(
      ports.lakeTable(RECOMMENDATIONS.name),
      source,
      served,
      (fresh) => ({
        schema: RECOMMENDATIONS.schema,
        configuration: RECOMMENDATIONS.configuration,
        batches: [
          batchOfRows(
            RECOMMENDATIONS.schema,
            fresh.flatMap(({ event }) => rowsOf(event)),
          ),
        ],
      }),
    );
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
    about: event.about,
    feature_set: item.features === null ? null : event.featureSet,
    features: item.features === null ? null : Array.from(item.features, knownOrNull),
  }));
}

function knownOrNull(feature: number): number | null {
  return Number.isNaN(feature) ? null : feature;
}
