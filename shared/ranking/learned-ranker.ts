import type { TreeEnsemble } from '../trees/index.ts';
import type { ShopState } from './shop-state.ts';

/** `any`: repeats are allowed; `novel`: only what the customer never bought. */
export const LIST_KINDS = ['any', 'novel'] as const;
export type ListKind = (typeof LIST_KINDS)[number];

/** Trees for each kind of list, and the shop that their features are computed from. */
export interface LearnedRanker {
  readonly shop: ShopState;
  /** null: on the validation window the blend ranked no worse, or there was too little history to learn from. */
  readonly trees: Readonly<Record<ListKind, TreeEnsemble | null>>;
}
