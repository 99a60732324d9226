import path from 'node:path';
import type { Installation, ServiceDefinition } from '../service.ts';
import { VERSIONS } from '../versions.ts';
import { getJson } from './http.ts';
import { venvWith } from './python.ts';

export const MINISTACK_INSTALLATION: Installation = {
  name: 'ministack',
  version: VERSIONS.ministack.version,
  needs: ['python3'],
  commands: (folder) => venvWith('python3', folder, [`ministack==${VERSIONS.ministack.version}`]),
};

/** An emulator of AWS that runs Lambda functions as processes of this machine. */
export const ministack: ServiceDefinition = {
  name: 'ministack',
  ports: { main: 14566 },
  requires: [],
  readyWithinMs: 60_000,
  stopSignal: 'SIGTERM',
  async install(installer) {
    const folder = await installer.install(MINISTACK_INSTALLATION);
    return { version: VERSIONS.ministack.version, folder, program: path.join(folder, 'bin', 'ministack') };
  },
  plan: ({ installed, folder, ports }) => ({
    command: installed.program,
    args: [],
    env: {
      GATEWAY_PORT: String(ports.main),
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      LAMBDA_EXECUTOR: 'local',
      // Where it unpacks the code of functions.
      TMPDIR: path.join(folder, 'data'),
    },
    folders: ['data'],
    running: { url: `http://127.0.0.1:${ports.main}`, version: installed.version },
  }),
  async ready({ url }) {
    await getJson(`${url}/_ministack/health`);
  },
};
