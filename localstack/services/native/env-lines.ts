import type { SettingName } from '../../../shared/runtime/settings.ts';
import type { RunningService, ServiceName } from './running-services.ts';

/** The lines of `.env` that make the platform use these servers. */
export function envLines(running: Partial<Record<ServiceName, RunningService>>): readonly string[] {
  const { postgres, kafka, connect, minio, redis, dynamodb } = running;
  const settings: Partial<Record<SettingName, string | undefined>> = {
    ...(postgres && { SHOP_DATABASE_URL: postgres.url, SHOP_FILL: 'true' }),
    ...(kafka && { EVENT_LOG_URL: kafka.url }),
    ...(connect && {
      CHANGE_CAPTURE: 'debezium',
      CONNECT_URL: connect.url,
      CONNECT_DATABASE_URL: postgres?.captureUrl,
    }),
    ...(minio && {
      LAKEHOUSE_URL: 's3://lake',
      S3_ENDPOINT: minio.url,
      S3_REGION: 'us-east-1',
      S3_ACCESS_KEY_ID: minio.accessKeyId,
      S3_SECRET_ACCESS_KEY: minio.secretAccessKey,
    }),
    ...(redis && { ONLINE_STORE_URL: redis.url }),
    ...(dynamodb && { CONTROL_TABLE_ENDPOINT: dynamodb.url }),
  };
  return Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
}
