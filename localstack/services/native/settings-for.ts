import type { Overrides } from '../../../shared/runtime/config.ts';
import type { RunningService, ServiceName } from './running-services.ts';

/** The settings that make the platform use these servers; what is not among them stays as it is otherwise set. */
export function settingsFor(services: Partial<Record<ServiceName, RunningService>>): Overrides {
  const { postgres, kafka, connect, minio, redis, dynamodb } = services;
  return {
    // A server that is started for the platform has an empty database, which is to get the demonstration shop.
    ...(postgres && { SHOP_DATABASE_URL: postgres.url, SHOP_FILL: 'true' }),
    ...(kafka && { EVENT_LOG_URL: kafka.url }),
    ...(connect && {
      CHANGE_CAPTURE: 'debezium',
      CONNECT_URL: connect.url,
      ...(postgres?.captureUrl && { CONNECT_DATABASE_URL: postgres.captureUrl }),
    }),
    ...(minio && {
      LAKEHOUSE_URL: `s3://${LAKE_BUCKET}`,
      S3_ENDPOINT: minio.url,
      ...(minio.accessKeyId && { S3_ACCESS_KEY_ID: minio.accessKeyId }),
      ...(minio.secretAccessKey && { S3_SECRET_ACCESS_KEY: minio.secretAccessKey }),
    }),
    ...(redis && { ONLINE_STORE_URL: redis.url }),
    ...(dynamodb && { CONTROL_TABLE_ENDPOINT: dynamodb.url }),
  };
}

/** Created at the platform's start. */
const LAKE_BUCKET = 'lake';
