export type { Contribution, FieldWrite, OnlineHash, OnlineStore } from './online-store.ts';
