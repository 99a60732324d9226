import { createLambdaInvoke } from '../../shared/adapters/lambda-invoke.ts';
import type { JsonObject } from '../../shared/control/index.ts';
import { PlatformError } from '../../shared/errors.ts';
import { LONGEST_FUNCTION_MS } from '../../shared/runtime/compose.ts';
import { openEventLog, openObjectStore } from '../../shared/runtime/compose-adapters.ts';
import { type Config, parseConfig } from '../../shared/runtime/config.ts';
import type { Logger } from '../../shared/runtime/logger.ts';
import { planMappings } from '../plugin/plan-mappings.ts';
import { printedService } from '../plugin/printed-service.ts';
import { hasLiveModel } from '../services/live-model.ts';
import { type ReportProgress, stage } from '../services/progress.ts';
import { exampleOf, readyLines, recommendationsUrl } from '../services/ready-lines.ts';
import { type RuntimeState, removeRuntimeState, writeRuntimeState } from '../services/runtime-state.ts';
import { startShopCapture } from '../services/shop-capture.ts';
import { shopStage } from '../services/shop-stage.ts';
import { planTopics } from '../services/topics.ts';
import { type Undo, undoAll } from '../services/undo.ts';
import { reportCapture, warmUp } from '../services/warm-up.ts';
import { type DeployedStage, readDeployedStage } from './deployed-stage.ts';
import { EMULATOR_KEYS } from './function-settings.ts';
import type { LocalDeployment } from './plan-local-deployment.ts';
import { startPoller } from './poller-process.ts';
import { refuseGap } from './refuse-gap.ts';
import { EMULATOR_REGION, emulatorEnvironment, serverlessCommand } from './serverless-command.ts';

export interface RunOptions {
  readonly deployment: LocalDeployment;
  readonly cwd: string;
  readonly report: ReportProgress;
  /** Takes what osls prints. */
  readonly write: (text: string) => void;
  readonly logger: Logger;
  /** Ends it all but the deployment. */
  readonly signal: AbortSignal;
}

/**
 * The platform on an emulator: shop, topics and capture as everywhere, the functions deployed, and our poller beside them, until
 * the signal. The deployment stays, and Debezium goes on capturing.
 * @throws PlatformError what a step said
 */
export async function runLocalDeployment(options: RunOptions): Promise<void> {
  const { deployment, cwd, report, write, logger, signal } = options;
  const config = parseConfig(deployment.settings, cwd);
  const databaseUrl = await prepareShop(config, report, signal);
  const eventLog = await openEventLog(config, (message, fields) => logger.log('warn', message, fields));
  const undo: Undo = [() => eventLog.close()];
  try {
    await eventLog.createTopics(planTopics(config.eventLog.partitions));
    const capture = await startShopCapture(config, databaseUrl, eventLog, logger);
    undo.push(() => capture.stop());
    const captured = reportCapture(capture, report);
    const withLog: LocalDeployment = {
      ...deployment,
      settings: { ...deployment.settings, EVENT_LOG_INCARNATION: eventLog.incarnation },
    };
    await stage(
      report,
      `deploy (${deployment.emulator})`,
      () => serverlessCommand('deploy', withLog, cwd, write),
      () => deployment.stage,
    );
    const deployed = readDeployedStage(config.dataDir, deployment.stage);
    const mappings = await mappingsOf(withLog, cwd);
    const ofTheLake = mappings.filter(({ functionName }) => functionName === 'ingest-changes');
    await refuseGap(await openObjectStore(parseConfig(deployed.settings, cwd)), eventLog, ofTheLake);
    const poller = await stage(
      report,
      'poller',
      () => startPoller(withLog, deployed, cwd),
      ({ logFile }) => logFile,
    );
    undo.push(() => poller.stop());
    const example = await exampleOf(databaseUrl);
    const consumers = mappings.map(({ topic, groupId }) => ({ topic, groupId }));
    const state = runtimeState(deployed, databaseUrl, consumers);
    writeRuntimeState(config.dataDir, state);
    undo.push(() => removeRuntimeState(config.dataDir));
    await warmUp({
      eventLog,
      captured,
      report,
      consumers,
      invoke: invokerOf(deployed),
      hasModel: () => hasLiveModel(parseConfig(deployed.settings, cwd).controlTable),
      recommendationsUrl: recommendationsUrl(state.urls, example),
    });
    writeRuntimeState(config.dataDir, { ...state, ready: true });
    report({ type: 'ready', lines: readyLines(state.urls, example) });
    await poller.ended(signal);
  } finally {
    await undoAll(undo);
  }
}

async function prepareShop(config: Config, report: ReportProgress, signal: AbortSignal): Promise<string> {
  const { databaseUrl } = config.shop;
  if (databaseUrl === null) {
    throw new PlatformError('service_not_running', 'the shop has no database · set SHOP_DATABASE_URL');
  }
  await shopStage(config, databaseUrl, config.shop.fill, report, signal);
  return databaseUrl;
}

async function mappingsOf(deployment: LocalDeployment, cwd: string) {
  const service = await printedService(cwd, deployment.stage, emulatorEnvironment(deployment));
  return planMappings(service).map(({ settings }) => settings);
}

function invokerOf({ functionPrefix, settings }: DeployedStage) {
  const invoke = createLambdaInvoke({
    endpoint: settings.LAMBDA_ENDPOINT ?? '',
    signing: { region: EMULATOR_REGION, credentials: { ...EMULATOR_KEYS, sessionToken: null } },
    timeoutMs: LONGEST_FUNCTION_MS,
  });
  return (name: string, payload: unknown) => invoke(`${functionPrefix}${name}`, payload as JsonObject);
}

/** So that `npm run order`, `simulate` and `status` work beside it as beside the local platform. */
function runtimeState(
  { apiUrl, settings }: DeployedStage,
  postgres: string,
  consumers: RuntimeState['consumers'],
): RuntimeState {
  return {
    pid: process.pid,
    ready: false,
    urls: {
      api: apiUrl,
      dashboard: `${apiUrl}/`,
      lambda: settings.LAMBDA_ENDPOINT ?? '',
      postgres,
      controlTable: settings.CONTROL_TABLE_ENDPOINT ?? '',
    },
    pids: [],
    consumers,
    environment: settings,
  };
}
