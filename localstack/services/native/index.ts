export type { PortRange } from './choose-ports.ts';
export { installService } from './install-service.ts';
export { installCache } from './installer.ts';
export {
  RUNNING_FILE,
  type RunningService,
  readRunningServices,
  runningService,
  SERVICE_NAMES,
  type ServiceName,
} from './running-services.ts';
export { startOrder, stopOrder } from './service-order.ts';
export { type ServiceStatus, serviceStatus } from './service-status.ts';
export { settingsFor } from './settings-for.ts';
export { type StartedService, type StartOptions, startService } from './start-service.ts';
export { type StopOutcome, stopService } from './stop-service.ts';
export { type Pin, VERSIONS } from './versions.ts';
export { foldersOf, wipeService } from './wipe-service.ts';
