// The serverless plugin of `sls package` and `sls deploy`. osls constructs it at once, so this file is plain JavaScript; the rest
// is TypeScript, loaded when a hook runs.
import { register } from 'tsx/esm/api';

export default class DeploymentPlugin {
  constructor(serverless, _cliOptions, { log }) {
    const prepare = () =>
      withOwnErrors(serverless, ({ prepareDeployment }) => prepareDeployment(serverless, log));
    this.hooks = {
      'before:package:initialize': prepare,
      'before:package:function:package': prepare,
      'after:package:compileEvents': () =>
        withOwnErrors(serverless, ({ completeMappings }) => completeMappings(serverless)),
      'after:deploy:deploy': () =>
        withOwnErrors(serverless, ({ recordDeployment }) =>
          log.notice(`API: ${recordDeployment(serverless).apiUrl}/`),
        ),
    };
  }
}

let room;

async function withOwnErrors(serverless, step) {
  try {
    room ??= loadRoom();
    await step(await room);
  } catch (error) {
    // osls prints the stack of every error but its own.
    if (error.name !== 'PlatformError') throw error;
    throw new serverless.classes.Error(error.message, error.code.toUpperCase());
  }
}

function loadRoom() {
  register();
  return import(new URL('./index.ts', import.meta.url).href);
}
