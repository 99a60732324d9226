import path from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { quietAwsSdk } from '../../../../shared/runtime/config.ts';
import type { Installation, Installed, Installer, ServiceDefinition } from '../service.ts';
import { VERSIONS } from '../versions.ts';
import { ANSWER_WITHIN_MS } from './http.ts';
import { COPY_DEPENDENCIES, pomOf, SMALL_JVM } from './java.ts';

const MAIN = 'LoopbackDynamoDb';

export const DYNAMODB_INSTALLATION: Installation = {
  name: 'dynamodb',
  version: VERSIONS.dynamodb.version,
  needs: ['mvn', 'javac'],
  files: { 'pom.xml': pomOf([`com.amazonaws:DynamoDBLocal:${VERSIONS.dynamodb.version}`]) },
  copies: { [`${MAIN}.java`]: path.join(import.meta.dirname, 'dynamodb-local', `${MAIN}.java`) },
  commands: () => [
    { command: 'mvn', args: COPY_DEPENDENCIES },
    { command: 'javac', args: ['--release', '17', '-cp', 'lib/*', '-d', '.', `${MAIN}.java`] },
  ],
};

/** Amazon's DynamoDB Local: with transactions and streams, its TTL deletes nothing. */
export const dynamodb: ServiceDefinition = {
  name: 'dynamodb',
  ports: { main: 18000 },
  requires: [],
  readyWithinMs: 60_000,
  stopSignal: 'SIGTERM',
  install: installDynamoDb,
  plan: ({ installed, folder, ports }) => ({
    command: installed.program,
    args: [
      '-Xmx256m',
      ...SMALL_JVM,
      `-Djava.library.path=${path.join(installed.folder, 'lib')}`,
      '-cp',
      [path.join(installed.folder, 'lib', '*'), installed.folder].join(path.delimiter),
      MAIN,
      ...['-port', String(ports.main)],
      ...['-dbPath', path.join(folder, 'data')],
      // One database whatever region and key a client signs with.
      '-sharedDb',
    ],
    folders: ['data'],
    running: { url: `http://127.0.0.1:${ports.main}`, version: installed.version },
  }),
  async ready({ url }) {
    quietAwsSdk();
    const client = new DynamoDBClient({
      endpoint: url,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    try {
      await client.send(new ListTablesCommand({}), { abortSignal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    } finally {
      client.destroy();
    }
  },
};

export async function installDynamoDb(installer: Installer): Promise<Installed> {
  const home = await installer.needJava(17);
  return {
    version: VERSIONS.dynamodb.version,
    folder: await installer.install(DYNAMODB_INSTALLATION),
    program: path.join(home, 'bin', 'java'),
  };
}
