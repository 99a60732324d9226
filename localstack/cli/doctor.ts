import { messageOf, PlatformError } from '../../shared/errors.ts';
import { type Config, loadConfig } from '../../shared/runtime/config.ts';
import { exitCodeOf, type Finding, fail, ok, reportText } from '../doctor/finding.ts';
import { judgeMachine } from '../doctor/judge-machine.ts';
import { judgePlatform } from '../doctor/judge-platform.ts';
import { readMachine } from '../doctor/read-machine.ts';
import { readPlatform } from '../doctor/read-platform.ts';
import { type RuntimeState, readRuntimeState } from '../services/runtime-state.ts';
import { parseCommand, runCommand } from './arguments.ts';

await runCommand(async () => {
  const { values } = parseCommand({
    usage: 'npm run doctor -- [--json]',
    options: { json: { type: 'boolean', description: 'one JSON object instead of text' } },
  });
  const findings = await examine(process.cwd());
  const exitCode = exitCodeOf(findings);
  process.stdout.write(
    values.json === true ? `${JSON.stringify({ exitCode, findings }, null, 2)}\n` : reportText(findings),
  );
  process.exitCode = exitCode;
});

async function examine(root: string): Promise<readonly Finding[]> {
  let config: Config;
  try {
    config = loadConfig({}, root);
  } catch (error) {
    if (!(error instanceof PlatformError && error.code === 'invalid_setting')) throw error;
    return [wrongSettings(error)];
  }
  const runtime = runningPlatform(config.dataDir);
  const machine = judgeMachine(await readMachine(root, config, runtime, Date.now()));
  return [ok('settings', 'valid'), ...machine, ...(await examinePlatform(root, runtime))];
}

function runningPlatform(dataDir: string): RuntimeState | null {
  try {
    return readRuntimeState(dataDir);
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'not_running') return null;
    throw error;
  }
}

async function examinePlatform(root: string, runtime: RuntimeState | null): Promise<readonly Finding[]> {
  if (runtime === null) return [ok('platform', 'does not run; start it with: npm start')];
  try {
    return judgePlatform(await readPlatform(root, runtime));
  } catch (error) {
    return [
      fail(
        'platform',
        messageOf(error),
        `process ${runtime.pid} runs, but a part of it could not be asked`,
        'read platform.log in the data folder; stop with Ctrl-C and start again: npm start',
      ),
    ];
  }
}

function wrongSettings(error: PlatformError): Finding {
  const problems = Array.isArray(error.details.problems) ? error.details.problems : [error.message];
  return fail(
    'settings',
    problems.join('; '),
    'nothing else can be looked at without them',
    'correct them in the environment or in .env',
  );
}
