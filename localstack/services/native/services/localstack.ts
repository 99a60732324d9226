import path from 'node:path';
import type { Installation, PlanContext, ServerPlan, ServiceDefinition } from '../service.ts';
import { VERSIONS } from '../versions.ts';
import { installDynamoDb } from './dynamodb.ts';
import { getJson } from './http.ts';
import { venvWith } from './python.ts';

const KINESIS_MOCK = '0.5.2';

/** The last release that asks for no account. Its own pins are open at the top; these are the versions that it works with. */
export const LOCALSTACK_INSTALLATION: Installation = {
  name: 'localstack',
  version: VERSIONS.localstack.version,
  needs: ['python3.13', 'npm'],
  copies: { 'localstack-processes': path.join(import.meta.dirname, 'localstack-processes') },
  commands: (folder) => [
    ...venvWith('python3.13', folder, [
      `localstack-core[runtime]==${VERSIONS.localstack.version}`,
      'pyopenssl==25.3.0',
      'cryptography==46.0.7',
      'service-identity==24.2.0',
      'cbor2==5.9.0',
      './localstack-processes',
    ]),
    {
      command: 'npm',
      args: [
        'install',
        '--no-audit',
        '--no-fund',
        '--silent',
        '--prefix',
        folder,
        `kinesis-local@${KINESIS_MOCK}`,
      ],
    },
  ],
};

/**
 * LocalStack in host mode, without Docker and without a token: Lambda functions run as processes, and the servers that it
 * starts by itself listen on loopback (see localstack-processes).
 */
export const localstack: ServiceDefinition = {
  name: 'localstack',
  ports: { main: 14567 },
  requires: [],
  readyWithinMs: 120_000,
  stopSignal: 'SIGTERM',
  async install(installer) {
    const { folder: dynamodb, program: java } = await installDynamoDb(installer);
    const folder = await installer.install(LOCALSTACK_INSTALLATION);
    const program = path.join(folder, 'bin', 'python');
    return { version: VERSIONS.localstack.version, folder, program, parts: { dynamodb, java } };
  },
  plan: planLocalStack,
  async ready({ url }) {
    await getJson(`${url}/_localstack/health`);
  },
};

function planLocalStack({ installed, folder, ports }: PlanContext): ServerPlan {
  const address = `127.0.0.1:${ports.main}`;
  return {
    command: installed.program,
    args: ['-m', 'localstack.runtime.main'],
    env: {
      GATEWAY_LISTEN: address,
      LOCALSTACK_HOST: address,
      GATEWAY_SERVER: 'hypercorn',
      OVERRIDE_IN_DOCKER: '0',
      FILESYSTEM_ROOT: path.join(folder, 'data'),
      LOCALSTACK_VOLUME_DIR: path.join(folder, 'data', 'volume'),
      CONFIG_DIR: path.join(folder, 'data', 'config'),
      TMPDIR: path.join(folder, 'data', 'tmp'),
      // It asks nobody outside: no usage events, no certificate, no name server.
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      DNS_ADDRESS: '0',
      SQS_ENDPOINT_STRATEGY: 'path',
      KINESIS_PERSISTENCE: '0',
      LAMBDA_RUNTIME_EXECUTOR: 'process',
      DYNAMODB_LOCAL_FOLDER: installed.parts?.dynamodb ?? '',
      DYNAMODB_LOCAL_JAVA: installed.parts?.java ?? '',
      KINESIS_MOCK_FOLDER: installed.folder,
    },
    folders: ['data/volume', 'data/config', 'data/tmp'],
    running: { url: `http://${address}`, version: installed.version },
  };
}
