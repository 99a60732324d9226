import type { ServiceName } from './running-services.ts';
import type { ServiceDefinition } from './service.ts';
import { connect } from './services/connect.ts';
import { dynamodb } from './services/dynamodb.ts';
import { kafka } from './services/kafka.ts';
import { localstack } from './services/localstack.ts';
import { minio } from './services/minio.ts';
import { ministack } from './services/ministack.ts';
import { postgres } from './services/postgres.ts';
import { redis } from './services/redis.ts';
import { trino } from './services/trino.ts';

export const DEFINITIONS: Readonly<Record<ServiceName, ServiceDefinition>> = {
  postgres,
  kafka,
  connect,
  minio,
  redis,
  dynamodb,
  ministack,
  localstack,
  trino,
};

export function definitionOf(name: ServiceName): ServiceDefinition {
  return DEFINITIONS[name];
}
