/**
 * The control table in DynamoDB, or in anything that speaks its API (dynalite, DynamoDB Local, LocalStack).
 * One table; attributes `pk` S, `sk` S, `version` N, `write_id` S, `body` S (JSON text).
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import type { ControlItem, ControlKey, ControlTable } from '../control/index.ts';
import { PlatformError } from '../errors.ts';

export interface DynamoDbControlTableOptions {
  readonly tableName: string;
  readonly region: string;
  /** null: the AWS endpoint of the region. */
  readonly endpoint: string | null;
  /** null: the default chain of the AWS SDK. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

type Attributes = Record<string, AttributeValue>;

/** Creates the table when it is absent. */
export async function openDynamoDbControlTable(options: DynamoDbControlTableOptions): Promise<ControlTable> {
  const { tableName, region, endpoint, credentials } = options;
  const client = new DynamoDBClient({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    ...(credentials === null ? {} : { credentials }),
  });
  await createTableWhenAbsent(client, tableName);

  const read = async (key: ControlKey): Promise<Attributes | null> => {
    const command = new GetItemCommand({
      TableName: tableName,
      Key: keyAttributes(key),
      ConsistentRead: true,
    });
    return (await client.send(command)).Item ?? null;
  };

  return {
    get: async (key) => {
      const attributes = await read(key);
      return attributes && itemOf(attributes);
    },

    put: async (key, value, expectedVersion) => {
      const version = (expectedVersion ?? 0) + 1;
      const writeId = randomUUID();
      const command = new PutItemCommand({
        TableName: tableName,
        Item: {
          ...keyAttributes(key),
          version: { N: String(version) },
          write_id: { S: writeId },
          body: { S: JSON.stringify(value) },
        },
        ...condition(expectedVersion),
      });
      try {
        await client.send(command);
        return { outcome: 'stored', version };
      } catch (thrown) {
        if (!(thrown instanceof ConditionalCheckFailedException)) throw thrown;
        const current = await read(key);
        // The SDK repeats a write whose answer was lost; the repetition then meets the write itself.
        if (current?.write_id?.S === writeId) return { outcome: 'stored', version };
        return { outcome: 'conflict', current: current && itemOf(current) };
      }
    },

    query: async ({ partition, sortPrefix = '', order = 'first-first', limit }) => {
      const found: ControlItem[] = [];
      let from: Attributes | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: tableName,
            KeyConditionExpression: sortPrefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
            ExpressionAttributeValues: {
              ':pk': { S: partition },
              ...(sortPrefix === '' ? {} : { ':prefix': { S: sortPrefix } }),
            },
            ScanIndexForward: order === 'first-first',
            ConsistentRead: true,
            ...(limit === undefined ? {} : { Limit: limit - found.length }),
            ...(from === undefined ? {} : { ExclusiveStartKey: from }),
          }),
        );
        found.push(...(page.Items ?? []).map(itemOf));
        from = page.LastEvaluatedKey;
      } while (from !== undefined && (limit === undefined || found.length < limit));
      return found;
    },

    close: async () => client.destroy(),
  };
}

function condition(expectedVersion: number | null) {
  if (expectedVersion === null) return { ConditionExpression: 'attribute_not_exists(pk)' };
  return {
    ConditionExpression: '#version = :expected',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':expected': { N: String(expectedVersion) } },
  };
}

function keyAttributes(key: ControlKey): Attributes {
  return { pk: { S: key.partition }, sk: { S: key.sort } };
}

function itemOf(attributes: Attributes): ControlItem {
  const { pk, sk, version, body } = attributes;
  if (pk?.S === undefined || sk?.S === undefined || version?.N === undefined || body?.S === undefined) {
    throw new PlatformError(
      'unreadable_control_item',
      `control item lacks pk, sk, version or body; it has ${Object.keys(attributes).join(', ')}`,
    );
  }
  return { partition: pk.S, sort: sk.S, version: Number(version.N), value: JSON.parse(body.S) };
}

async function createTableWhenAbsent(client: DynamoDBClient, tableName: string): Promise<void> {
  if ((await tableStatus(client, tableName)) === null) {
    await client
      .send(
        new CreateTableCommand({
          TableName: tableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'S' },
          ],
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
        }),
      )
      .catch((thrown: unknown) => {
        // Another process created it in between.
        if (!(thrown instanceof ResourceInUseException)) throw thrown;
      });
  }
  for (let waitMs = 20; (await tableStatus(client, tableName)) !== 'ACTIVE'; waitMs *= 2) {
    if (waitMs > 20_000) {
      throw new PlatformError(
        'control_table_not_ready',
        `table ${tableName} was not ACTIVE in 40 s after its creation`,
        { retryable: true },
      );
    }
    await delay(waitMs);
  }
}

async function tableStatus(client: DynamoDBClient, tableName: string): Promise<string | null> {
  try {
    const described = await client.send(new DescribeTableCommand({ TableName: tableName }));
    return described.Table?.TableStatus ?? null;
  } catch (thrown) {
    if (thrown instanceof ResourceNotFoundException) return null;
    throw thrown;
  }
}
