/**
 * The REST interface of Kafka Connect, as far as a source connector's life needs it.
 * https://kafka.apache.org/documentation/#connect_rest
 */
import { z } from 'zod';
import { messageOf, PlatformError } from '../../../shared/errors.ts';

/** A connector's flat configuration; every value is text, as Connect wants it. */
export type ConnectorConfig = Readonly<Record<string, string>>;

export interface ConnectorStatus {
  /** `RUNNING`, `PAUSED`, `STOPPED`, `FAILED`, `UNASSIGNED`, `RESTARTING`. */
  readonly state: string;
  readonly tasks: readonly { readonly id: number; readonly state: string }[];
  /** Java's trace of whatever has failed, connector before task. */
  readonly trace: string | null;
}

/** What the connector has stored with its records; the fields are the connector's own. */
export type SourceOffset = Readonly<Record<string, unknown>>;

export interface ConnectClient {
  /** What the connector's own validation says against the configuration, one `setting: reason` each; empty: nothing. */
  refusals(config: ConnectorConfig): Promise<readonly string[]>;
  /** Null where there is no such connector. */
  config(name: string): Promise<ConnectorConfig | null>;
  put(name: string, config: ConnectorConfig): Promise<void>;
  /** Registers without starting. What a removed connector of the name had reached is there again. */
  createStopped(name: string, config: ConnectorConfig): Promise<void>;
  status(name: string): Promise<ConnectorStatus | null>;
  /** Of the one source partition that a Debezium connector has; null before the first record. */
  offset(name: string): Promise<SourceOffset | null>;
  /** Ends the tasks and keeps the configuration and the offset. Resolves when Connect has noted it, not when they ended. */
  stop(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /** Starts again what has failed, and nothing else. */
  restartFailed(name: string): Promise<void>;
  /** Ends and starts connector and tasks, whatever their state. */
  restartAll(name: string): Promise<void>;
  /** Only a stopped connector lets go of its offset. */
  deleteOffset(name: string): Promise<void>;
  remove(name: string): Promise<void>;
}

const REQUEST_MS = 15_000;

/** Every call throws PlatformError: `connect_unreachable` (retryable), `connect_refused` (retryable while it rebalances). */
export function connectClient(connectUrl: string): ConnectClient {
  const call = (method: string, path: string, body?: unknown) => request(connectUrl, method, path, body);
  const connector = (name: string) => `/connectors/${encodeURIComponent(name)}`;
  const found = async <T>(schema: z.ZodType<T>, path: string): Promise<T | null> => {
    const answer = await call('GET', path);
    return answer.status === 404 ? null : schema.parse(accepted(answer));
  };
  const change = async (method: string, path: string, body?: unknown) => {
    accepted(await call(method, path, body));
  };
  return {
    refusals: async (config) => {
      const type = encodeURIComponent(config['connector.class'] ?? '');
      const answer = accepted(await call('PUT', `/connector-plugins/${type}/config/validate`, config));
      return validationSchema
        .parse(answer)
        .configs.flatMap(({ value }) => value.errors.map((error) => `${value.name}: ${error}`));
    },
    config: (name) => found(z.record(z.string(), z.string()), `${connector(name)}/config`),
    createStopped: (name, config) =>
      change('POST', '/connectors', { name, config, initial_state: 'STOPPED' }),
    put: (name, config) => change('PUT', `${connector(name)}/config`, config),
    status: async (name) => {
      const status = await found(statusSchema, `${connector(name)}/status`);
      return status === null
        ? null
        : {
            state: status.connector.state,
            tasks: status.tasks.map(({ id, state }) => ({ id, state })),
            trace:
              status.connector.trace ?? status.tasks.find(({ trace }) => trace !== undefined)?.trace ?? null,
          };
    },
    offset: async (name) =>
      (await found(offsetsSchema, `${connector(name)}/offsets`))?.offsets[0]?.offset ?? null,
    stop: (name) => change('PUT', `${connector(name)}/stop`),
    resume: (name) => change('PUT', `${connector(name)}/resume`),
    restartFailed: (name) => change('POST', `${connector(name)}/restart?includeTasks=true&onlyFailed=true`),
    restartAll: (name) => change('POST', `${connector(name)}/restart?includeTasks=true&onlyFailed=false`),
    deleteOffset: (name) => change('DELETE', `${connector(name)}/offsets`),
    remove: (name) => change('DELETE', connector(name)),
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly asked: string;
}

async function request(base: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const asked = `${method} ${base}${path}`;
  try {
    const response = await fetch(`${base}${path}`, {
      method,
      signal: AbortSignal.timeout(REQUEST_MS),
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : parseJson(text), asked };
  } catch (cause) {
    const reason =
      cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
    throw new PlatformError('connect_unreachable', `kafka connect does not answer ${asked}: ${reason}`, {
      retryable: true,
      cause,
    });
  }
}

/** A rebalance is answered by 409, a worker that is starting or shutting down by 500. */
function accepted({ status, body, asked }: Answer): unknown {
  if (status < 400) return body;
  const message = errorSchema.safeParse(body).data?.message ?? JSON.stringify(body);
  throw new PlatformError('connect_refused', `kafka connect answered ${status} to ${asked}: ${message}`, {
    retryable: status === 409 || status >= 500,
    details: { status },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page in place of Connect's answer: the text itself says what stands there.
    return text;
  }
}

const errorSchema = z.object({ message: z.string() });
const validationSchema = z.object({
  configs: z.array(z.object({ value: z.object({ name: z.string(), errors: z.array(z.string()) }) })),
});
const statusSchema = z.object({
  connector: z.object({ state: z.string(), trace: z.string().optional() }),
  tasks: z.array(z.object({ id: z.int(), state: z.string(), trace: z.string().optional() })),
});
const offsetsSchema = z.object({
  offsets: z.array(z.object({ offset: z.record(z.string(), z.unknown()) })),
});
