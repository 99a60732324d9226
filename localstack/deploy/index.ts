export { completeMappings, prepareDeployment } from './prepare-deployment.ts';
