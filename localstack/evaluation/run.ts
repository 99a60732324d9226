import type { EvaluationReport, RollingReport } from '../../shared/evaluation/index.ts';
import type { PurchaseHistory } from '../shop/purchase-history.ts';

/** What was to be evaluated. */
export interface EvaluationRequest {
  readonly orders: string;
  /** 00:00 UTC of the day, milliseconds since 1970. */
  readonly cut: number;
  readonly days: number;
  /** Distinct; the one that tables are of first. */
  readonly listLengths: readonly number[];
  readonly origins: number;
  readonly shuffleLabels: boolean;
  readonly seed: number;
}

export interface EvaluationRun {
  readonly request: EvaluationRequest;
  readonly history: PurchaseHistory;
  readonly report: RollingReport;
}

/** The window at the cut that was asked for. */
export function lastOrigin({ report }: EvaluationRun): EvaluationReport {
  return report.origins.at(-1)!;
}
