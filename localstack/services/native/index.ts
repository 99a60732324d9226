export type { PortRange } from './choose-ports.ts';
export { installCache } from './installer.ts';
export {
  RUNNING_FILE,
  type RunningService,
  readRunningServices,
  runningService,
  SERVICE_NAMES,
  type ServiceName,
} from './running-services.ts';
export { type StartedService, type StartOptions, startService } from './start-service.ts';
export { type StopOutcome, stopService } from './stop-service.ts';
