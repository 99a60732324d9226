import type { ServiceName } from '../services/native/index.ts';
import { startRealServers } from './real-servers.ts';
import { describeStory, type World } from './story.contract.ts';

const on =
  (...names: readonly ServiceName[]) =>
  async (): Promise<World> =>
    startRealServers(names);

describeStory(
  'Postgres, Kafka, Debezium, MinIO, Redis and DynamoDB Local',
  on('postgres', 'kafka', 'connect', 'minio', 'redis', 'dynamodb'),
);

describeStory('a mix: Kafka and Redis beside embedded capture and a folder', on('kafka', 'redis'));

describeStory('a mix: MinIO and DynamoDB Local beside the embedded log', on('minio', 'dynamodb'));
