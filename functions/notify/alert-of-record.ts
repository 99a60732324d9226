import { ALERTS_TOPIC, decodeAlert, type PlatformAlert } from '../../shared/control/index.ts';
import { DEAD_LETTER_SUFFIX, HOUR_MS, isJsonObject } from '../../shared/domain/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { type KafkaRecord, recordsOfEvent } from '../../shared/kafka/index.ts';

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

function deadLetterAlert(letter: KafkaRecord): PlatformAlert {
  const { topic, partition, offset, timestamp, functionName, reason, attempts } = failureOf(letter);
  const place = `${topic}-${partition ?? '?'}@${offset ?? '?'}`;
  return {
    // The original place and not that of the dead letter: a repeated dead letter is the same alert.
    alertId: `dead-letter/${functionName}/${place}/${timestamp}`,
    kind: 'dead-letter',
    at: letter.timestamp,
    source: `${functionName} < ${topic}`,
    title: `A record of ${topic} could not be processed by ${functionName}`,
    detail: `${reason} (record ${place}${attempts === null ? '' : `, ${attempts} attempts`}; kept in ${letter.topic})`,
  };
}

/**
 * What Lambda writes into a Kafka topic about a record that it gave up; our event source mapping adds headers
 * `dead-letter.*` with what that leaves out. A letter of somebody else still makes an alert.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
 */
function failureOf(letter: KafkaRecord) {
  const headers = new Map(letter.headers.map(([name, value]) => [name, Buffer.from(value).toString('utf8')]));
  const header = (name: string) => headers.get(`dead-letter.${name}`) ?? null;
  const body = jsonObject(letter.value);
  const context = objectIn(body, 'requestContext');
  const { offset, timestamp } = objectIn(objectIn(body, 'KafkaBatchInfo'), 'recordInfo');
  const original = body.payload === undefined ? undefined : recordsOfEvent(body.payload)[0];
  return {
    topic: header('topic') ?? original?.topic ?? letter.topic.slice(0, -DEAD_LETTER_SUFFIX.length),
    partition: header('partition') ?? original?.partition ?? null,
    offset: textOrNull(offset),
    timestamp: Date.parse(textOrNull(timestamp) ?? '') || letter.timestamp,
    functionName: header('function') ?? nameInArn(textOrNull(context.functionArn)) ?? 'a function',
    reason: header('error') ?? textOrNull(context.condition) ?? 'no reason was recorded',
    attempts: typeof context.approximateInvokeCount === 'number' ? context.approximateInvokeCount : null,
  };
}

/** `arn:aws:lambda:<region>:<account>:function:<name>[:<version>]` */
function nameInArn(arn: string | null): string | null {
  return arn?.split(':')[6] ?? null;
}

function jsonObject(bytes: Uint8Array | null): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes ?? []).toString('utf8'));
    return isJsonObject(parsed) ? parsed : {};
  } catch {
    // Not Lambda's JSON: the alert tells what the headers and the topic tell.
    return {};
  }
}

function objectIn(
  object: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
