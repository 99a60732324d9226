import { ALERTS_TOPIC, decodeAlert, type PlatformAlert } from '../../shared/control/index.ts';
import { DEAD_LETTER_SUFFIX, HOUR_MS } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import type { KafkaRecord } from '../../shared/kafka/index.ts';

/**
 * The alert that a record of `platform_alerts` carries, or that a record of a dead-letter topic stands for.
 * @throws unreadable_alert
 */
export function alertOfRecord(record: KafkaRecord): PlatformAlert {
  if (record.topic.endsWith(DEAD_LETTER_SUFFIX)) return deadLetterAlert(record);
  if (record.topic !== ALERTS_TOPIC || record.value === null) {
    throw new PlatformError(
      'unreadable_alert',
      `record ${record.topic}-${record.partition}@${record.offset} is no alert: notify reads ${ALERTS_TOPIC} and *${DEAD_LETTER_SUFFIX}`,
    );
  }
  return decodeAlert(record.value);
}

/**
 * What is told once. Every failed job is; of the dead letters of one source the first of each UTC hour, because one
 * bad deployment of the shop can make thousands (all of them are in the topic and among the dashboard's alerts).
 */
export function deliveryIdOf(alert: PlatformAlert): string {
  if (alert.kind === 'job-failed') return alert.alertId;
  return `${alert.kind}/${alert.source}/${new Date(alert.at - (alert.at % HOUR_MS)).toISOString().slice(0, 13)}`;
}

/** The plugin writes where the record lay and why it was given up into headers `dead-letter.*`. */
function deadLetterAlert(record: KafkaRecord): PlatformAlert {
  const facts = new Map(record.headers.map(([name, value]) => [name, Buffer.from(value).toString('utf8')]));
  const fact = (name: string) => facts.get(`dead-letter.${name}`) ?? null;
  const topic = fact('topic') ?? record.topic.slice(0, -DEAD_LETTER_SUFFIX.length);
  const functionName = fact('function') ?? 'a function';
  const place = `${topic}-${fact('partition') ?? '?'}@${fact('offset') ?? '?'}`;
  const attempts = fact('attempts');
  const reason = fact('error') ?? fact('condition') ?? 'no reason was recorded';
  return {
    // The original place and not that of the dead letter: a repeated dead letter is the same alert.
    alertId: `dead-letter/${functionName}/${place}/${fact('timestamp') ?? record.timestamp}`,
    kind: 'dead-letter',
    at: record.timestamp,
    source: `${functionName} < ${topic}`,
    title: `A record of ${topic} could not be processed by ${functionName}`,
    detail: `${reason} (record ${place}${attempts === null ? '' : `, ${attempts} attempts`}; kept in ${record.topic})`,
  };
}
