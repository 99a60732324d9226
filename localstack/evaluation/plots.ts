/** Plots as SVG text, drawn with the classes and colours of the page's style sheet. */
import type { ExposurePoint, Interval } from '../../shared/evaluation/index.ts';

export interface PlotRow {
  readonly label: string;
  /** Drawn in the colour of what the report is about. */
  readonly isOurs: boolean;
}

const WIDTH = 760;
const LABELS = 190;
const VALUES = 56;
const ROW = 26;
const AXIS = 26;

/** One row a method: a dot for the mean, a line for its interval. A zero inside the range is drawn as the line between worse and better. */
export function intervalPlot(
  rows: readonly (PlotRow & { readonly interval: Interval })[],
  title: string,
): string {
  const lowest = Math.min(0, ...rows.map(({ interval }) => interval.low));
  const highest = Math.max(0, ...rows.map(({ interval }) => interval.high));
  const scale = linearScale([lowest, highest], [LABELS, WIDTH - VALUES]);
  const height = rows.length * ROW + AXIS;
  const marks = rows.map(({ label, isOurs, interval: { difference, low, high } }, index) => {
    const y = index * ROW + ROW / 2;
    const [x0, x, x1] = [scale(low), scale(difference), scale(high)].map(px);
    return [
      `<g class="${isOurs ? 'ours' : 'other'}">`,
      `<title>${escaped(label)}: ${difference.toFixed(4)}, 95 % from ${low.toFixed(4)} to ${high.toFixed(4)}</title>`,
      textAt(LABELS - 12, y, label, 'label end'),
      `<path class="whisker" d="M${x0} ${y}H${x1}M${x0} ${y - 4}v8M${x1} ${y - 4}v8"/>`,
      `<circle class="dot" cx="${x}" cy="${y}" r="4.5"/>`,
      textAt(WIDTH, y, difference.toFixed(3), 'value end'),
      '</g>',
    ].join('');
  });
  return svg(WIDTH, height, title, [
    ...grid(scale, ticksOf(lowest, highest), 0, height - AXIS),
    `<path class="zero" d="M${px(scale(0))} 0V${height - AXIS}"/>`,
    ...marks,
  ]);
}

export interface BarPanel {
  readonly title: string;
  readonly subtitle: string;
  /** In the order of the rows. */
  readonly values: readonly number[];
}

/** The same rows of bars in several panels side by side, on one scale. */
export function barPanels(rows: readonly PlotRow[], panels: readonly BarPanel[], title: string): string {
  const gap = 14;
  const head = 42;
  const panelWidth = (WIDTH - LABELS - gap * (panels.length - 1)) / Math.max(1, panels.length);
  const highest = Math.max(1e-9, ...panels.flatMap(({ values }) => values));
  const height = head + rows.length * ROW + 4;
  const labels = rows.map(({ label, isOurs }, index) =>
    textAt(LABELS - 12, head + index * ROW + ROW / 2, label, `label end ${isOurs ? 'ours' : 'other'}`),
  );
  const drawn = panels.flatMap((panel, at) => {
    const left = LABELS + at * (panelWidth + gap);
    const scale = linearScale([0, highest], [left, left + panelWidth - 40]);
    return [
      textAt(left, 8, panel.title, 'head'),
      textAt(left, 26, panel.subtitle, 'tick'),
      ...panel.values.map((value, index) => {
        const y = head + index * ROW;
        const { label = '', isOurs = false } = rows[index] ?? {};
        return [
          `<g class="${isOurs ? 'ours' : 'other'}"><title>${escaped(label)}, ${escaped(panel.title)}: ${value.toFixed(4)}</title>`,
          `<rect class="bar" x="${px(left)}" y="${y + 5}" width="${px(Math.max(1, scale(value) - left))}" height="${ROW - 10}" rx="2"/>`,
          textAt(scale(value) + 5, y + ROW / 2, value.toFixed(3), 'value'),
          '</g>',
        ].join('');
      }),
      `<path class="zero" d="M${px(left)} ${head}V${height - 4}"/>`,
    ];
  });
  return svg(WIDTH, height, title, [...labels, ...drawn]);
}

export interface Curve extends PlotRow {
  readonly points: readonly ExposurePoint[];
}

/** Share of list places against the number of most shown products, on a logarithmic axis. */
export function exposurePlot(curves: readonly Curve[], title: string): string {
  const [left, right, top, bottom] = [46, WIDTH - 10, 10, 330];
  const products = Math.max(2, ...curves.flatMap(({ points }) => points.map((point) => point.products)));
  const x = (count: number): number => left + ((right - left) * Math.log10(count)) / Math.log10(products);
  const y = linearScale([0, 1], [bottom, top]);
  const decades = Array.from({ length: Math.floor(Math.log10(products)) + 1 }, (_, power) => 10 ** power);
  // Ours last, on top of the others.
  const inOrder = [...curves.entries()].sort(([, a], [, b]) => Number(a.isOurs) - Number(b.isOurs));
  return svg(WIDTH, bottom + 44, title, [
    ...decades.map(
      (count) =>
        `<path class="grid" d="M${px(x(count))} ${top}V${bottom}"/>${textAt(x(count), bottom + 16, count.toLocaleString('en'), 'tick middle')}`,
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (value) =>
        `<path class="grid" d="M${left} ${px(y(value))}H${right}"/>${textAt(left - 8, y(value), `${value * 100} %`, 'tick end')}`,
    ),
    textAt((left + right) / 2, bottom + 36, 'most shown products (logarithmic)', 'tick middle'),
    ...inOrder.map(
      ([index, { label, isOurs, points }]) =>
        `<polyline class="curve ${isOurs ? 'ours' : `c${index}`}" points="${points.map(({ products: count, share }) => `${px(x(count))},${px(y(share))}`).join(' ')}"><title>${escaped(label)}</title></polyline>`,
    ),
  ]);
}

/** One line a method over the cuts, in time. */
export function originPlot(
  lines: readonly (PlotRow & { readonly values: readonly number[] })[],
  cuts: readonly string[],
  title: string,
): string {
  const [left, right, top, bottom] = [46, WIDTH - 30, 10, 250];
  const highest = Math.max(1e-9, ...lines.flatMap(({ values }) => values));
  const y = linearScale([0, highest], [bottom, top]);
  const x = linearScale([0, Math.max(1, cuts.length - 1)], [left + 30, right]);
  const inOrder = [...lines.entries()].sort(([, a], [, b]) => Number(a.isOurs) - Number(b.isOurs));
  return svg(WIDTH, bottom + 28, title, [
    ...ticksOf(0, highest).map(
      (tick) =>
        `<path class="grid" d="M${left} ${px(y(tick))}H${right}"/>${textAt(left - 8, y(tick), tickText(tick), 'tick end')}`,
    ),
    ...cuts.map((cut, index) => textAt(x(index), bottom + 18, cut, 'tick middle')),
    ...inOrder.map(([index, { label, isOurs, values }]) => {
      const points = values.map((value, at) => `${px(x(at))},${px(y(value))}`);
      return `<polyline class="curve ${isOurs ? 'ours' : `c${index}`}" points="${points.join(' ')}"><title>${escaped(label)}</title></polyline>`;
    }),
  ]);
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Round steps of 1, 2 or 5 times a power of ten, at most eight of them. */
export function ticksOf(low: number, high: number): number[] {
  const rough = Math.max(high - low, 1e-9) / 7;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

function grid(
  scale: (value: number) => number,
  ticks: readonly number[],
  top: number,
  bottom: number,
): string[] {
  return ticks.map(
    (tick) =>
      `<path class="grid" d="M${px(scale(tick))} ${top}V${bottom}"/>${textAt(scale(tick), bottom + 14, tickText(tick), 'tick middle')}`,
  );
}

function tickText(tick: number): string {
  return String(Number(tick.toFixed(4)));
}

function linearScale(
  [from, to]: readonly [number, number],
  [start, end]: readonly [number, number],
): (value: number) => number {
  const factor = to === from ? 0 : (end - start) / (to - from);
  return (value) => start + (value - from) * factor;
}

function textAt(x: number, y: number, text: string, classes: string): string {
  return `<text class="${classes}" x="${px(x)}" y="${px(y)}" dominant-baseline="central">${escaped(text)}</text>`;
}

function svg(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<svg viewBox="0 0 ${width} ${px(height)}" role="img" aria-label="${escaped(title)}">${parts.join('')}</svg>`;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
