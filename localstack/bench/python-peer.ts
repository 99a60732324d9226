import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { messageOf, PlatformError } from '../../shared/errors.ts';
import { childEnvironment } from '../../shared/runtime/config.ts';

/** A Python program of this folder as the other side of a benchmark: it reads a JSON request a line and answers with a JSON line. */
export interface PythonPeer {
  readonly pid: number;
  /** One request at a time; throws `bench_peer_failed` with what Python says. */
  ask<Answer>(request: Readonly<Record<string, unknown>> & { readonly do: string }): Promise<Answer>;
  close(): Promise<void>;
}

export type StartedPeer =
  | {
      readonly missing: null;
      readonly peer: PythonPeer;
      readonly versions: Readonly<Record<string, string | number>>;
    }
  /** In Python's words: which package, or that there is no such interpreter. */
  | { readonly missing: string };

/**
 * @param script path; it answers `{ "do": "version" }` once its imports have succeeded
 * @param python an interpreter, by path or by name
 */
export async function startPythonPeer(script: string, python: string): Promise<StartedPeer> {
  // A checkout stays as it is: no byte code beside the scripts.
  const added: Record<string, string> = { PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'pipe'], env: childEnvironment(added) });
  const complaints = text(child.stderr);
  const ended = once(child, 'exit').then(
    async () => (await complaints).trim().split('\n').at(-1) ?? '',
    (error: unknown) => messageOf(error),
  );
  // A process that is gone is told of by the end of its lines.
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request: Readonly<Record<string, unknown>>): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await lines.next();
    return line.done ? { error: await ended } : JSON.parse(line.value);
  };
  const versions = (await Promise.race([
    ask({ do: 'version' }),
    ended.then((error) => ({ error })),
  ])) as Record<string, string | number>;
  if (versions.error !== undefined) return { missing: String(versions.error) };
  return {
    missing: null,
    versions,
    peer: {
      pid: child.pid ?? 0,
      ask: async <Answer>(request: { readonly do: string }) => {
        const answer = (await ask(request)) as { readonly error?: string };
        if (answer.error === undefined) return answer as Answer;
        throw new PlatformError(
          'bench_peer_failed',
          `${python} ${script} could not ${request.do}: ${answer.error}`,
        );
      },
      close: async () => {
        child.stdin.end();
        if (isRunning(child)) await ended;
      },
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
