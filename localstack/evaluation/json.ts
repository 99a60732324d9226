import type {
  EvaluationReport,
  Measured,
  MethodAtLength,
  MethodReport,
} from '../../shared/evaluation/index.ts';
import { type EvaluationRequest, type EvaluationRun, lastOrigin } from './run.ts';

/** Everything that was measured as one plain object: the window at the cut, and all of them where there are several. */
export function evaluationJson(run: EvaluationRun): Record<string, unknown> {
  const { request, history, report } = run;
  const { purchases, customers, products, lines, bad, leftOut, span } = history;
  return {
    orders: request.orders,
    file: {
      lines,
      badRows: bad,
      leftOut,
      purchases: purchases.length,
      customers,
      products,
      span: span && isoSpan(span),
    },
    ...originJson(lastOrigin(run), request),
    ...(report.origins.length === 1
      ? {}
      : {
          origins: report.origins.map((origin) => originJson(origin, request)),
          pooled: { methods: report.methods, comparisons: report.comparisons },
        }),
  };
}

function originJson(origin: EvaluationReport, request: EvaluationRequest): Record<string, unknown> {
  const [first] = origin.methods;
  return {
    protocol: {
      split: 'global temporal',
      cut: new Date(origin.cut).toISOString(),
      days: request.days,
      seed: request.seed,
      shuffledLabels: request.shuffleLabels,
      list: request.listLengths[0],
      listLengths: request.listLengths,
      candidates: 'whole catalogue',
      catalogue: origin.catalogue,
      customers: first?.any.customers ?? 0,
      repeatCustomers: first?.repeat.customers ?? 0,
      novelCustomers: first?.novel.customers ?? 0,
      unknownCustomers: first?.unknown.customers ?? 0,
    },
    chosen: {
      als: origin.als,
      ranking: origin.settings,
      trees: origin.trees,
      validation: origin.validation,
      baselines: origin.baselineParameters,
    },
    candidateRecall: origin.candidateRecall,
    ours: origin.methods.at(-1)?.name ?? null,
    methods: origin.methods.map(methodJson),
    comparisons: origin.comparisons,
  };
}

function methodJson({ name, ndcg, byActivity, lengths, ...first }: MethodReport): Record<string, unknown> {
  return { name, ...lengthJson(first), ndcg, byActivity, lengths: lengths.map(lengthJson) };
}

function lengthJson({ k, any, repeat, novel, unknown, exposure }: MethodAtLength): Record<string, unknown> {
  return {
    k,
    any: plain(any),
    repeat: plain(repeat),
    novel: plain(novel),
    unknown: plain(unknown),
    exposure,
  };
}

function plain({ ndcgOf, customerIds, ...means }: Measured): Omit<Measured, 'ndcgOf' | 'customerIds'> {
  return means;
}

function isoSpan({ from, to }: { from: number; to: number }): { from: string; to: string } {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
