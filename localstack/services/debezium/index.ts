export {
  type ConnectClient,
  type ConnectorConfig,
  type ConnectorStatus,
  connectClient,
} from './connect-client.ts';
export { connectorConfig, SHOP_CONNECTOR } from './connector-config.ts';
export type { DebeziumCaptureOptions } from './debezium-capture.ts';
export { startDebeziumCapture } from './debezium-capture.ts';
export type { TakeSlotOptions } from './take-slot-from-debezium.ts';
export { takeSlotFromDebezium } from './take-slot-from-debezium.ts';
