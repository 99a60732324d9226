import { compact } from './format.ts';
import { type Html, html } from './html.ts';

export interface Column {
  /** What stands under the axis, where there is room. */
  readonly label: string;
  readonly value: number;
  /** What is told of it on pointing at it. */
  readonly tip: string;
  /** Still counting, e.g. today. */
  readonly partial?: boolean;
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [560, 190, 40, 4, 8, 22];

/** Columns over time as SVG, with a value axis from 0 and at most `labels` labels below. `title` is read out. */
export function columnChart(columns: readonly Column[], options: { title: string; labels: number }): Html {
  const ceiling = niceCeiling(Math.max(0, ...columns.map(({ value }) => value)));
  const slot = (WIDTH - LEFT - RIGHT) / columns.length;
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / ceiling);
  const every = Math.ceil(columns.length / options.labels);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => part * ceiling);
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${options.title}">
${grid.map(
  (
    value,
  ) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(y(value))}" y2="${round(y(value))}"/>
<text class="tick" x="${LEFT - 7}" y="${round(y(value) + 3.5)}" text-anchor="end">${compact(value)}</text>`,
)}
${columns.map(({ label, value, tip, partial }, index) => {
  const x = LEFT + index * slot;
  const height = Math.max(value > 0 ? 1.5 : 0, y(0) - y(Math.max(0, value)));
  const labelled = (columns.length - 1 - index) % every === 0;
  return html`<g class="column"><title>${tip}</title>
<rect class="hit" x="${round(x)}" y="${TOP}" width="${round(slot)}" height="${HEIGHT - TOP - BOTTOM}"/>
<rect class="${partial ? 'bar partial' : 'bar'}" x="${round(x + slot * 0.14)}" y="${round(y(0) - height)}" width="${round(slot * 0.72)}" height="${round(height)}" rx="${round(Math.min(3, slot * 0.2))}"/>
${labelled && html`<text class="tick" x="${round(Math.min(x + slot / 2, WIDTH - 22))}" y="${HEIGHT - 5}" text-anchor="middle">${label}</text>`}</g>`;
})}
</svg>`;
}

/** One bar of a table's row, its length `share` (0 to 1) of the cell. Beside the figure, so it is not read out. */
export function rowBar(share: number, series = 1): Html {
  const width = round(Math.max(0, Math.min(1, share)) * 100);
  return html`<svg class="row-bar s${series}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/><rect class="fill" width="${width}" height="8"/></svg>`;
}

/** The least of 1, 2, 4, 5, 8 times a power of ten that is not below `value`, so that quarters are short numbers. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 4, 5, 8, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
