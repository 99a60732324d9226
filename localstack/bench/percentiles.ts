/** The value below which `share` (0 to 1) of the sorted values lie: nearest rank. */
export function percentile(sorted: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[Math.min(rank, sorted.length) - 1] ?? Number.NaN;
}

/** `p50 12.3 · p95 45.6 · p99 78.9 ms`. */
export function percentilesText(values: readonly number[], unit: string): string {
  const sorted = [...values].sort((a, b) => a - b);
  const parts = [0.5, 0.95, 0.99].map((share) => `p${share * 100} ${percentile(sorted, share).toFixed(1)}`);
  return `${parts.join(' · ')} ${unit}`;
}
