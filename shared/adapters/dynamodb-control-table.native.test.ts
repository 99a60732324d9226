import { randomUUID } from 'node:crypto';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { runningService } from '../../localstack/services/native/running-services.ts';
import { controlTableContract } from '../control/control-table.contract.ts';
import { openDynamoDbControlTable } from './dynamodb-control-table.ts';

for (const service of ['dynamodb', 'ministack'] as const) {
  controlTableContract(`DynamoDB API of ${service}`, async () => {
    const server = {
      region: 'us-east-1',
      endpoint: runningService(service).url,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    const tableName = `control-${randomUUID()}`;
    const table = await openDynamoDbControlTable({ tableName, ...server });
    return {
      table,
      release: async () => {
        await table.close();
        const client = new DynamoDBClient(server);
        await client.send(new DeleteTableCommand({ TableName: tableName }));
        client.destroy();
      },
    };
  });
}
