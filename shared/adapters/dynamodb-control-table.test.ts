import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlTable } from '../../localstack/services/embedded/control-table/index.ts';
import { controlTableContract } from '../control/control-table.contract.ts';
import { openDynamoDbControlTable } from './dynamodb-control-table.ts';

controlTableContract('DynamoDB API of dynalite', async () => {
  const path = await mkdtemp(join(tmpdir(), 'control table '));
  const service = await startControlTable({ path, port: 0 });
  const table = await openDynamoDbControlTable({
    tableName: 'platform-control',
    region: 'us-east-1',
    endpoint: service.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    table,
    release: async () => {
      await table.close();
      await service.stop();
      await rm(path, { recursive: true });
    },
  };
});
