export { type DeployedStage, readDeployedStage } from './deployed-stage.ts';
export type { Cloud } from './function-settings.ts';
export {
  EMULATORS,
  type Emulator,
  type LocalDeployment,
  planLocalDeployment,
} from './plan-local-deployment.ts';
export { completeMappings, prepareDeployment } from './prepare-deployment.ts';
export { recordDeployment } from './record-deployment.ts';
export { removeLocalDeployment } from './remove-local-deployment.ts';
export { runLocalDeployment } from './run-local-deployment.ts';
