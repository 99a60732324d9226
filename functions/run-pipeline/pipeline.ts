/** Jobs of one pipeline, each after the jobs it names; a job only names jobs that stand before it. */
export interface Pipeline {
  readonly name: string;
  readonly jobs: readonly PipelineJob[];
}

export interface PipelineJob {
  /** Also the name of the function that does it. It may be repeated for one run id: every repetition gives the same. */
  readonly name: string;
  readonly after: readonly string[];
}

/** build-features >> load-online-store >> train-model >> build-recommendations */
export const DAILY_PIPELINE: Pipeline = {
  name: 'daily',
  jobs: [
    { name: 'build-features', after: [] },
    { name: 'load-online-store', after: ['build-features'] },
    { name: 'train-model', after: ['load-online-store'] },
    { name: 'build-recommendations', after: ['train-model'] },
  ],
};
