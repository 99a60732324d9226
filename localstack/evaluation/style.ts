/** Style sheet of the report; follows the reader's choice of light or dark. */
export const REPORT_STYLE = `
:root { color-scheme: light dark;
  --page: #ffffff; --text: #1c2430; --quiet: #5d6878; --line: #e3e7ed; --panel: #f6f8fa; --ours: #c2410c; --other: #6b7a90;
  --c0: #4269d0; --c1: #97bbf5; --c2: #3ca951; --c3: #86c98f; --c4: #a463f2; --c5: #d38bd6; --c6: #9c6b4e; --c7: #0f9ba8; --c8: #8a9099; }
@media (prefers-color-scheme: dark) { :root {
  --page: #12161c; --text: #e4e9f0; --quiet: #98a3b3; --line: #2a323d; --panel: #1a2029; --ours: #fb923c; --other: #8b9bb2;
  --c0: #7c9cf5; --c1: #4f6fb5; --c2: #62cf77; --c3: #3f8a52; --c4: #bd8cf7; --c5: #e2a3e5; --c6: #c4956f; --c7: #3fc6d2; --c8: #aab1bb; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 900px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; } h2 { font-size: 17px; margin: 40px 0 4px; }
p, ul { margin: 4px 0 12px; } .quiet { color: var(--quiet); } ul.quiet { padding-left: 20px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; margin: 20px 0; }
.tile { background: var(--panel); border-radius: 8px; padding: 12px 16px; } .tile b { display: block; font-size: 26px; font-variant-numeric: tabular-nums; }
svg { display: block; width: 100%; height: auto; margin: 8px 0 4px; font-size: 12.5px; font-variant-numeric: tabular-nums; overflow: visible; }
svg text { fill: var(--text); } svg .tick, svg .other .value { fill: var(--quiet); } svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
svg .head { font-weight: 600; } svg .ours text, svg text.ours { font-weight: 650; fill: var(--ours); }
.grid { stroke: var(--line); fill: none; } .zero { stroke: var(--quiet); fill: none; }
.other .dot, .other .bar { fill: var(--other); } .other .whisker { stroke: var(--other); } .ours .dot, .ours .bar { fill: var(--ours); } .ours .whisker { stroke: var(--ours); }
.whisker { stroke-width: 1.5; fill: none; } .curve { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .curve.ours { stroke: var(--ours); stroke-width: 3; }
${Array.from({ length: 9 }, (_, index) => `.curve.c${index} { stroke: var(--c${index}); } .key .c${index} { background: var(--c${index}); }`).join('\n')}
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; padding: 0; font-size: 13px; }
.key i { display: inline-block; width: 18px; height: 4px; border-radius: 2px; margin-right: 6px; vertical-align: middle; } .key i.ours { background: var(--ours); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; } th { font-weight: 600; color: var(--quiet); white-space: normal; vertical-align: bottom; line-height: 1.3; }
th:first-child, td:first-child { text-align: left; } tr.ours td { font-weight: 650; color: var(--ours); }
pre { background: var(--panel); border-radius: 8px; padding: 12px 16px; overflow-x: auto; font-size: 12.5px; white-space: pre-wrap; overflow-wrap: anywhere; }
@media print { main { max-width: none; } h2 { break-after: avoid; } svg, table { break-inside: avoid; } }
`.trim();
