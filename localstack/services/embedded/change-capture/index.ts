export type { CaptureOwner, DebeziumOwner } from './capture-owner.ts';
export { decodeOwner, encodeOwner } from './capture-owner.ts';
export type { CapturePosition, CaptureSource, PartialTransaction } from './capture-position.ts';
export { encodePosition } from './capture-position.ts';
export type {
  CaptureStatus,
  ChangeCapture,
  ChangeCaptureOptions,
  EmbeddedCaptureStatus,
} from './change-capture.ts';
export { startChangeCapture } from './change-capture.ts';
export type { ChangeSink } from './change-sink.ts';
export { openSession, queryRows } from './database-session.ts';
export type { SlotState, StartPlan } from './slot.ts';
export { checkSource, dropSlot, planStart, readSlot } from './slot.ts';
export type { SnapshotProgress } from './snapshot.ts';
