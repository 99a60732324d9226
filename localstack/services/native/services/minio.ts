import path from 'node:path';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { quietAwsSdk } from '../../../../shared/runtime/config.ts';
import type { Installation, ServiceDefinition } from '../service.ts';
import { VERSIONS } from '../versions.ts';
import { getText } from './http.ts';

/** MinIO's own default. The server listens on loopback only. */
const ROOT = { accessKeyId: 'minioadmin', secretAccessKey: 'minioadmin' } as const;

export const MINIO_INSTALLATION: Installation = {
  name: 'minio',
  version: VERSIONS.minio.version,
  needs: ['go'],
  commands: (folder) => [
    {
      command: 'go',
      args: ['install', '-trimpath', '-ldflags', '-s -w', `github.com/minio/minio@${VERSIONS.minio.version}`],
      env: { GOBIN: path.join(folder, 'bin') },
    },
  ],
};

export const minio: ServiceDefinition = {
  name: 'minio',
  ports: { main: 19000 },
  requires: [],
  readyWithinMs: 60_000,
  stopSignal: 'SIGTERM',
  async install(installer) {
    const folder = await installer.install(MINIO_INSTALLATION);
    return { version: VERSIONS.minio.version, folder, program: path.join(folder, 'bin', 'minio') };
  },
  plan: ({ installed, folder, ports }) => ({
    command: installed.program,
    args: ['server', path.join(folder, 'data'), '--address', `127.0.0.1:${ports.main}`, '--quiet'],
    env: {
      MINIO_ROOT_USER: ROOT.accessKeyId,
      MINIO_ROOT_PASSWORD: ROOT.secretAccessKey,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
      MINIO_CALLHOME_ENABLE: 'off',
      GOMAXPROCS: '2',
    },
    folders: ['data'],
    running: { url: `http://127.0.0.1:${ports.main}`, version: installed.version, ...ROOT },
  }),
  async ready({ url }) {
    await getText(`${url}/minio/health/ready`);
    // Healthy comes before it knows its own users.
    quietAwsSdk();
    const client = new S3Client({
      endpoint: url,
      region: 'us-east-1',
      credentials: ROOT,
      forcePathStyle: true,
      maxAttempts: 1,
    });
    try {
      await client.send(new ListBucketsCommand({}));
    } finally {
      client.destroy();
    }
  },
};
