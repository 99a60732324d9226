const DARK =
  '--bg:#0d1017;--card:#161b24;--line:#262d3a;--text:#e8ebf1;--muted:#9aa5b8;--s1:#6b9bff;--s2:#35c9a5;--s3:#a78bfa;' +
  '--s4:#f0a04b;--track:#222936;--good:#46cf94;--bad:#ff8a80;--bad-bg:#2b1618;--bad-line:#5c2a2a;--run:#7fb0ff;color-scheme:dark';

/** Light and dark by the system's wish or by the button; every text has a contrast of at least 4.5:1. */
export const STYLESHEET = `
:root{--bg:#f5f6f8;--card:#fff;--line:#e3e6ec;--text:#161a22;--muted:#596275;--s1:#2f6fed;--s2:#0c8f73;--s3:#7a52e0;--s4:#b25e09;--track:#eef0f4;
--good:#0a7a4b;--bad:#b3261e;--bad-bg:#fdecea;--bad-line:#f3b8b3;--run:#1f5fd0;--radius:14px;color-scheme:light}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${DARK}}}
:root[data-theme=dark]{${DARK}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.45 Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
font-variant-numeric:tabular-nums}
header,main,footer{max-width:1240px;margin:0 auto;padding:0 24px}
header{display:flex;align-items:center;gap:16px;padding-top:22px;padding-bottom:18px}
.brand{display:flex;align-items:center;gap:10px;margin-right:auto}
.logo{width:26px;height:26px;fill:var(--s1)}
h1{font-size:19px;letter-spacing:-.01em;margin:0}
h2{font-size:15px;margin:0;letter-spacing:-.005em}
p{margin:0}
a{color:var(--s1)}
#freshness{color:var(--muted);font-size:13.5px}
#freshness.stale{color:var(--bad);font-weight:600}
#theme{border:1px solid var(--line);background:var(--card);border-radius:9px;width:34px;height:34px;padding:7px;cursor:pointer}
#theme svg{fill:var(--muted);display:block}
:focus-visible{outline:2px solid var(--s1);outline-offset:2px;border-radius:6px}
.skip{position:absolute;left:-999px}
.skip:focus{left:12px;top:12px;background:var(--card);padding:8px 12px;z-index:1}
.problem{background:var(--bad-bg);border:1px solid var(--bad-line);border-left:4px solid var(--bad);border-radius:10px;padding:12px 16px;margin-bottom:14px}
.error{color:var(--bad);font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere;display:block;margin-top:4px;font-weight:400}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));background:var(--card);border:1px solid var(--line);border-radius:var(--radius);margin-bottom:16px;overflow:hidden}
.figure{padding:16px 20px;box-shadow:-1px 0 0 var(--line),0 -1px 0 var(--line)}
.figure h2{font-size:13px;font-weight:500;color:var(--muted)}
.figure .value{font-size:26px;line-height:1.25;font-weight:650;letter-spacing:-.02em;margin:3px 0 1px}
.figure .note{font-size:13px;color:var(--muted)}
.cards{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px}
.card{background:var(--card);border:1px solid var(--line);border-radius:var(--radius);padding:18px 20px 16px;min-width:0}
.heading{display:flex;justify-content:space-between;gap:12px;margin-bottom:12px}
.unit,.freshness,.history{color:var(--muted);font-size:13px}
.freshness,.history{margin-top:10px}
.csv{font-size:12px;font-weight:600;color:var(--muted);text-decoration:none;border:1px solid var(--line);border-radius:7px;padding:3px 9px;height:max-content}
.csv:hover{color:var(--s1);border-color:var(--s1)}
.chart{display:block;width:100%;height:auto}
.grid{stroke:var(--line);stroke-width:1}
.tick{fill:var(--muted);font-size:11.5px}
.bar{fill:var(--s1)}
.bar.partial{fill-opacity:.5}
.hit{fill:transparent}
.column:hover .hit{fill:var(--track)}
.column:hover .bar{fill-opacity:.8}
table{width:100%;border-collapse:collapse;font-size:14px}
th,td{padding:7px 0;text-align:left;font-weight:400;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--muted);font-size:12.5px;font-weight:500;padding:2px 0 6px}
th+th,td{padding-left:14px}
.number{text-align:right;white-space:nowrap}
.name{font-weight:550}
.muted{color:var(--muted);font-size:13px}
.good{color:var(--good)}
code{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.row-bar{display:block;width:100%;height:5px;margin-top:5px;border-radius:3px}
.row-bar .track{fill:var(--track)}
.s1 .fill{fill:var(--s1)}.s2 .fill{fill:var(--s2)}.s3 .fill{fill:var(--s3)}.s4 .fill{fill:var(--s4)}
.pairs{display:grid;grid-template-columns:repeat(auto-fit,minmax(90px,1fr));gap:12px;margin:0 0 14px}
.pairs dt{color:var(--muted);font-size:13px}
.pairs dd{margin:0;font-size:19px;font-weight:600;letter-spacing:-.01em}
.card table+table{margin-top:14px}
.status{margin-bottom:10px;font-size:14px}
.badge{font-weight:600;white-space:nowrap}
.badge.succeeded{color:var(--good)}.badge.failed{color:var(--bad)}.badge.running{color:var(--run)}.badge.queued,.badge.skipped{color:var(--muted)}
.dot{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:4px;background:var(--muted)}
.dot.succeeded{background:var(--good)}.dot.failed{background:var(--bad);border-radius:50%}.dot.running{background:var(--run)}
.empty,.unreadable{color:var(--muted);background:var(--track);border-radius:9px;padding:18px;text-align:center;font-size:14px}
.unreadable{color:var(--bad);background:var(--bad-bg);overflow-wrap:anywhere}
details{margin-top:10px;font-size:14px}
summary{color:var(--muted);font-size:13px;cursor:pointer;width:max-content}
.scroll{max-height:260px;overflow:auto;margin-top:8px}
.alerts{list-style:none;margin:8px 0 0;padding:0;display:grid;gap:10px}
footer{color:var(--muted);font-size:13px;padding-top:22px;padding-bottom:34px}
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.wide{grid-column:1/-1}
@media (max-width:860px){.cards{grid-template-columns:minmax(0,1fr)}header,main,footer{padding-left:14px;padding-right:14px}}
@media (prefers-reduced-motion:no-preference){.bar,.hit{transition:fill-opacity .12s,fill .12s}}
`.trimStart();
