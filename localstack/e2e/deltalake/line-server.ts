import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment } from '../../../shared/runtime/config.ts';

/** A program of this folder that answers each line of its input with one line: `plain_values.py`. */
export interface LineServer {
  /** One at a time, in the order asked; what the program says went wrong is thrown. */
  ask(...request: readonly unknown[]): Promise<unknown>;
  /** Ends its input and waits for it. */
  close(): Promise<void>;
}

/** @param command an interpreter, a script of this folder, and what the script takes */
export function startLineServer(
  command: readonly [string, string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
): LineServer {
  const [program, script, ...args] = command;
  // A checkout stays as it is: no byte code beside the scripts.
  const added: Record<string, string> = { PYTHONDONTWRITEBYTECODE: '1', ...environment };
  const child = spawn(program, [join(import.meta.dirname, script), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: childEnvironment(added),
  });
  const exited = once(child, 'exit');
  // Said only where the program dies: a JVM warns of much.
  let lastWords = '';
  child.stderr.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString('utf8')).slice(-KEPT_CHARACTERS);
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const answerTo = async (request: readonly unknown[]): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await answers.next();
    if (answer.done === true) throw new Error(`${script} ended: ${lastWords}`);
    const reply = JSON.parse(answer.value) as { readonly result?: unknown; readonly error?: string };
    if (reply.error !== undefined) throw new Error(`${script} ${JSON.stringify(request)}: ${reply.error}`);
    return reply.result;
  };
  return {
    ask: (...request) => {
      const answer = last.then(() => answerTo(request));
      // Whoever asked gets the failure; the next one goes on.
      last = answer.catch(() => undefined);
      return answer;
    },
    close: async () => {
      await last;
      child.stdin.end();
      await exited;
    },
  };
}

const KEPT_CHARACTERS = 4_000;
