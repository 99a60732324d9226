import { execFileSync } from 'node:child_process';

// The thread pools of delta-rs and Arrow may abort a process that ends as usual, after all output is written.
const END = `
import os, sys
sys.stdout.flush()
os._exit(0)
`;

/**
 * What a short program prints that uses delta-rs; its first argument is `sys.argv[1]`. The interpreter, which has
 * `requirements.txt`, is named by the environment variable DELTALAKE_PYTHON.
 * @throws where it fails, with what it wrote to standard error
 */
export function runDeltaRs(program: string, ...args: readonly string[]): string {
  const python = process.env.DELTALAKE_PYTHON ?? 'python3';
  return execFileSync(python, ['-c', `${program}\n${END}`, ...args], { encoding: 'utf8' });
}
