/** Lines of one group lie together: group `g` holds `lines[starts[g] .. starts[g + 1])`, in the order in which they came. */
export interface LinesByGroup {
  readonly starts: Int32Array;
  readonly lines: Uint32Array;
}

/**
 * Counting sort.
 * @param groupOf group of every line, from 0 up to `groups`
 */
export function linesByGroup(groupOf: Int32Array, groups: number): LinesByGroup {
  const starts = new Int32Array(groups + 1);
  for (const group of groupOf) starts[group + 1]! += 1;
  for (let group = 0; group < groups; group++) starts[group + 1]! += starts[group]!;
  const next = starts.slice();
  const lines = new Uint32Array(groupOf.length);
  groupOf.forEach((group, line) => {
    lines[next[group]!++] = line;
  });
  return { starts, lines };
}
