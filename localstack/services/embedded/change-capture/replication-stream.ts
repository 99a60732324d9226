/**
 * The streaming replication protocol over a `pg` client.
 * https://www.postgresql.org/docs/current/protocol-replication.html
 */
import type pg from 'pg';
import { decodePgOutput, type Lsn, type PgOutputMessage } from '../../../../shared/cdc/index.ts';
import { messageOf, PlatformError } from '../../../../shared/errors.ts';

export type StreamItem =
  | { readonly kind: 'change'; readonly lsn: Lsn; readonly message: PgOutputMessage; readonly bytes: number }
  /** Everything that committed before `sentLsn` has been sent. */
  | { readonly kind: 'keepalive'; readonly sentLsn: Lsn; readonly bytes: number };

export interface StreamHandlers {
  /** Called in the order of the stream, at once on arrival. */
  readonly onItem: (item: StreamItem) => void;
  /** The server waits for a status. */
  readonly onReplyRequested: () => void;
  /** Called once; the stream is over. */
  readonly onEnd: (error: PlatformError) => void;
}

export interface ReplicationStream {
  /** Tells the server that everything that commits before `safeLsn` is durable here. */
  sendStatus(safeLsn: Lsn): void;
  pause(): void;
  resume(): void;
  close(): void;
}

/** Starts streaming where the slot stands. */
export function startReplication(
  client: pg.Client,
  slot: string,
  publication: string,
  handlers: StreamHandlers,
): ReplicationStream {
  const connection = connectionOf(client);
  let ended = false;
  const end = (cause: unknown) => {
    if (!ended) {
      ended = true;
      handlers.onEnd(
        new PlatformError(
          'replication_ended',
          `the replication stream of slot ${slot} ended: ${messageOf(cause)}`,
          {
            retryable: true,
            cause,
          },
        ),
      );
    }
  };
  connection.on('copyData', ({ chunk }: { chunk: Buffer }) => {
    if (ended) {
      return;
    }
    try {
      receive(chunk, handlers);
    } catch (error) {
      end(error);
    }
  });
  client.on('error', end);
  client.on('end', () => end('connection closed'));
  const options = `proto_version '1', publication_names '${publication.replaceAll("'", "''")}'`;
  client
    .query(`START_REPLICATION SLOT ${client.escapeIdentifier(slot)} LOGICAL 0/0 (${options})`)
    .then(() => end('the server stopped sending'), end);
  return {
    sendStatus: (safeLsn) => {
      if (!ended) {
        connection.sendCopyFromChunk(statusUpdate(safeLsn));
      }
    },
    pause: () => connection.stream.pause(),
    resume: () => connection.stream.resume(),
    close: () => {
      ended = true;
      connection.stream.destroy();
    },
  };
}

/** The chunk lies in a buffer that the driver reuses, so it is decoded here and now. */
function receive(chunk: Buffer, handlers: StreamHandlers): void {
  const kind = chunk[0];
  if (kind === XLOG_DATA) {
    handlers.onItem({
      kind: 'change',
      lsn: chunk.readBigUInt64BE(1),
      message: decodePgOutput(chunk.subarray(25)),
      bytes: chunk.length,
    });
  } else if (kind === KEEPALIVE) {
    handlers.onItem({ kind: 'keepalive', sentLsn: chunk.readBigUInt64BE(1), bytes: chunk.length });
    if (chunk[17] === 1) {
      handlers.onReplyRequested();
    }
  }
}

const XLOG_DATA = 'w'.charCodeAt(0);
const KEEPALIVE = 'k'.charCodeAt(0);
/** Milliseconds from 1970-01-01 to 2000-01-01, where Postgres' clock starts. */
const POSTGRES_EPOCH_MS = 946_684_800_000n;

/** Standby status update: written, flushed and applied up to the same place. */
function statusUpdate(lsn: Lsn): Buffer {
  const message = Buffer.alloc(34);
  message.write('r', 0, 'latin1');
  message.writeBigUInt64BE(lsn, 1);
  message.writeBigUInt64BE(lsn, 9);
  message.writeBigUInt64BE(lsn, 17);
  // The server only shows this time; it decides nothing by it.
  message.writeBigInt64BE((BigInt(Date.now()) - POSTGRES_EPOCH_MS) * 1000n, 25);
  return message;
}

/** The part of `pg`'s connection that its types leave out. */
interface CopyConnection {
  on(event: 'copyData', listener: (message: { chunk: Buffer }) => void): unknown;
  sendCopyFromChunk(chunk: Buffer): void;
  readonly stream: { pause(): unknown; resume(): unknown; destroy(): unknown };
}

function connectionOf(client: pg.Client): CopyConnection {
  const { connection } = client as unknown as { connection?: CopyConnection };
  if (connection === undefined || typeof connection.sendCopyFromChunk !== 'function') {
    throw new PlatformError(
      'unsupported_driver',
      'this release of pg does not offer its connection for copying',
    );
  }
  return connection;
}
