/** The plan of a fit as its threads read it in the shared memory: the counterpart of `kernel/assembly/als/plan.ts`. */

/** Fields of 4 bytes, in this order. Addresses are bytes in the shared memory; what they lead to stands in the counterpart. */
export interface SidePlan {
  readonly rows: number;
  readonly starts: number;
  readonly addresses: number;
  readonly ratings: number;
  readonly charges: number;
  readonly factors: number;
  readonly published: number;
  readonly chunks: number;
  readonly chunkCount: number;
  readonly rotated: boolean;
}

export interface FitPlan {
  readonly items: number;
  readonly users: number;
  readonly crew: number;
  readonly rank: number;
  readonly rowBytes: number;
  readonly implicit: boolean;
  readonly alpha: number;
  readonly exact: boolean;
  readonly steps: number;
  readonly rowsPerPart: number;
  readonly parts: number;
  readonly sum: number;
  readonly reflectors: number;
  readonly square: number;
  readonly diagonal: number;
  readonly beside: number;
  readonly basis: number;
  readonly basisTransposed: number;
}

/** Why threads stopped early. The kernel knows of any value but 0 only that it is one. */
export const STOP = { none: 0, notFinite: 1, singular: 2, aborted: 3 } as const;

const SIDE_FIELDS: readonly (keyof SidePlan)[] = [
  'rows',
  'starts',
  'addresses',
  'ratings',
  'charges',
  'factors',
  'published',
  'chunks',
  'chunkCount',
  'rotated',
];

const FIT_FIELDS: readonly (keyof FitPlan)[] = [
  'items',
  'users',
  'crew',
  'rank',
  'rowBytes',
  'implicit',
  'alpha',
  'exact',
  'steps',
  'rowsPerPart',
  'parts',
  'sum',
  'reflectors',
  'square',
  'diagonal',
  'beside',
  'basis',
  'basisTransposed',
];

export const SIDE_PLAN_BYTES = 4 * SIDE_FIELDS.length;
export const FIT_PLAN_BYTES = 4 * FIT_FIELDS.length;

export function writeSidePlan(buffer: ArrayBufferLike, address: number, plan: SidePlan): void {
  new Uint32Array(buffer, address, SIDE_FIELDS.length).set(SIDE_FIELDS.map((field) => Number(plan[field])));
}

export function writeFitPlan(buffer: ArrayBufferLike, address: number, plan: FitPlan): void {
  new Uint32Array(buffer, address, FIT_FIELDS.length).set(FIT_FIELDS.map((field) => Number(plan[field])));
  new Float32Array(buffer, address + 4 * FIT_FIELDS.indexOf('alpha'), 1)[0] = plan.alpha;
}
