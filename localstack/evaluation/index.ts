export { evaluationHtml } from './html.ts';
export { evaluationJson } from './json.ts';
export type { EvaluationRequest, EvaluationRun } from './run.ts';
export { evaluationTable } from './table.ts';
