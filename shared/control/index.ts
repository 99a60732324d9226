export type { AlertKind, PlatformAlert } from './alerts.ts';
export { ALERTS_TOPIC, alertRecord, decodeAlert, encodeAlert, latestAlerts, recordAlert } from './alerts.ts';
export type {
  ControlItem,
  ControlKey,
  ControlQuery,
  ControlTable,
  JsonObject,
  JsonValue,
  PutOutcome,
} from './control-table.ts';
export type { DeliveryClaim, DeliveryKey } from './delivery.ts';
export { claimDelivery, finishDelivery } from './delivery.ts';
export type { HeldResult, LeaseTime } from './hold-lease.ts';
export { holdLease } from './hold-lease.ts';
export type { InvokeFunction } from './invoke-function.ts';
export type { Acquired, Lease, Renewed } from './lease.ts';
export { acquireLease } from './lease.ts';
export { createMemoryControlTable } from './memory-control-table.ts';
export type {
  LiveModel,
  Metrics,
  ModelRegistry,
  ModelVersion,
  Promoted,
  Registered,
  RolledBack,
} from './model-registry.ts';
export { createModelRegistry } from './model-registry.ts';
export type { Notifier } from './notifier.ts';
export { alertText } from './notifier.ts';
export type { QuarantinedRecords } from './quarantine-alert.ts';
export { quarantineAlert } from './quarantine-alert.ts';
export type { JobRun, JobStatus, LedgerWrite, PipelineRun, RunLedger } from './run-ledger.ts';
export { createRunLedger, runIdAt } from './run-ledger.ts';
