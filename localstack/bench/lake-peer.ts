import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlatformError } from '../../shared/errors.ts';
import { type PythonPeer, startPythonPeer } from './python-peer.ts';

const SCRIPT = fileURLToPath(new URL('lake_peer.py', import.meta.url));
const REQUIREMENTS = 'localstack/e2e/deltalake/requirements.txt';

/**
 * delta-rs in a Python process of its own (`lake_peer.py`).
 * @param python an interpreter with the packages of `requirements.txt`; undefined: the one that `.ci/run` installs
 */
export async function startLakePeer(python?: string): Promise<PythonPeer> {
  const venv = join(homedir(), '.cache/customer-insight/deltalake-1.6.6');
  const interpreter = python ?? join(venv, 'bin/python');
  const started = await startPythonPeer(SCRIPT, interpreter);
  if (started.missing === null) return started.peer;
  throw new PlatformError(
    'bench_peer_missing',
    `${interpreter} does not run delta-rs (${started.missing}): name a Python in DELTALAKE_PYTHON, or install one: ` +
      `python3 -m venv ${venv} && ${venv}/bin/pip install -r ${REQUIREMENTS}`,
  );
}
