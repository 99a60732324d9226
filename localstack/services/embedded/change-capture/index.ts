export type { CapturePosition } from './capture-position.ts';
export type { CaptureStatus, ChangeCapture, ChangeCaptureOptions } from './change-capture.ts';
export { startChangeCapture } from './change-capture.ts';
export type { ChangeSink } from './change-sink.ts';
export type { SnapshotProgress } from './snapshot.ts';
