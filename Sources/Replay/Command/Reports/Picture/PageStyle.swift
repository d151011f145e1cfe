// The style of a report's page. Every pair of colours has a contrast of at least 4.5 to 1 (WCAG 2.2,
// 1.4.3) in light and in dark; `.ci/pages` measures that in a browser. Colour is never the only sign:
// every state also has its own symbol or pattern.

/// The style sheet of every page.
let pageStyle = """
  :root { color-scheme: light dark;
    --bg: light-dark(#ffffff, #0d1117); --fg: light-dark(#1f2328, #e6edf3);
    --soft: light-dark(#57606a, #9aa4af); --line: light-dark(#d0d7de, #3a424c);
    --pane: light-dark(#f6f8fa, #161b22); --link: light-dark(#0550ae, #79b8ff);
    --arrived: light-dark(#c9f0d3, #12351f); --on-arrived: light-dark(#0b4a1f, #9be9b0);
    --changed: light-dark(#ffe9a8, #453400); --on-changed: light-dark(#5c3c00, #f5cf73);
    --lost: light-dark(#ffd3cd, #561417); --on-lost: light-dark(#86061d, #ffc2bc);
    --late: light-dark(#d6e4ff, #12305c); --on-late: light-dark(#0a3069, #b3d1ff);
    --added: light-dark(#ead9ff, #35205c); --on-added: light-dark(#46197f, #dcc2ff); }
  :root[data-theme=light] { color-scheme: light; } :root[data-theme=dark] { color-scheme: dark; }
  * { box-sizing: border-box; }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 72rem;
    background: var(--bg); color: var(--fg); overflow-wrap: anywhere; }
  h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
  h3 { font-size: 1rem; margin: 0 0 .3rem; } h4 { font-size: .9rem; margin: 1rem 0 .3rem; }
  p { margin: .3rem 0; } a { color: var(--link); } .soft { color: var(--soft); }
  header { border-left: .5rem solid var(--on-arrived); padding: .6rem 1rem; background: var(--pane); }
  header.bad { border-color: var(--on-lost); } header.warning { border-color: var(--on-changed); }
  .bad { color: var(--on-lost); font-weight: 600; } .good { color: var(--on-arrived); }
  .warning { color: var(--on-changed); }
  header.bad, header.good, header.warning, article.bad { color: inherit; font-weight: inherit; }
  header.bad h1 { color: var(--on-lost); } header.good h1 { color: var(--on-arrived); }
  header.warning h1 { color: var(--on-changed); }
  pre, code { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
  pre { overflow-x: auto; padding: .7rem; background: var(--pane); margin: .4rem 0; }
  table { border-collapse: collapse; } .scroll { overflow-x: auto; }
  th, td { padding: .15rem .6rem; border-bottom: 1px solid var(--line); text-align: left; }
  .scroll th, .scroll td { overflow-wrap: normal; }
  .number { text-align: right; font-variant-numeric: tabular-nums; }
  article { border: 1px solid var(--line); border-radius: .4rem; padding: .7rem; margin: .7rem 0; }
  details { margin: .4rem 0; } summary { cursor: pointer; }
  .strip { position: relative; height: 2.1rem; margin: .3rem 0 0; background: var(--pane); }
  .strip i { position: absolute; top: 0; height: 1.5rem; overflow: hidden; font: 12px/1.5rem sans-serif;
    text-align: center; border-right: 1px solid var(--bg); min-width: 2px; }
  .strip b { position: absolute; top: 1.5rem; height: .6rem; width: 0; border-left: 1px solid var(--fg); }
  .strip b.fault { top: 0; height: 2.1rem; border-left: 3px solid var(--on-lost); }
  .strip.small { height: 1.1rem; } .strip.small i { height: .8rem; font-size: 0; }
  .strip.small b { top: .8rem; height: .3rem; } .strip.small b.fault { top: 0; height: 1.1rem; }
  .axis { display: flex; justify-content: space-between; gap: .6rem; font-size: 12px; color: var(--soft); }
  .arrived { background: var(--arrived); color: var(--on-arrived); }
  .changed { background: var(--changed); color: var(--on-changed); }
  .lost { background: repeating-linear-gradient(45deg, var(--lost) 0 6px, var(--lost) 6px 7px);
    background-color: var(--lost); color: var(--on-lost); outline: 1px solid var(--on-lost);
    outline-offset: -1px; }
  .late { background: var(--late); color: var(--on-late); }
  .added { background: var(--added); color: var(--on-added); z-index: 1; }
  .unsent { background: var(--bg); color: var(--soft); outline: 1px dashed var(--soft); outline-offset: -2px; }
  .legend { display: flex; flex-wrap: wrap; gap: .3rem .8rem; font-size: 13px; padding: 0; margin: .4rem 0; }
  .legend span span { padding: 0 .4rem; margin-right: .3rem; }
  .bytes { display: flex; flex-wrap: wrap; row-gap: .5rem; padding: .6rem; background: var(--pane);
    font: 13px/1.35 ui-monospace, "DejaVu Sans Mono", monospace; }
  .bytes > span { display: flex; flex-direction: column; align-items: center; min-width: 1ch; }
  .bytes > span.cut { border-left: 2px dotted var(--fg); }
  .bytes s { text-decoration: none; white-space: pre; min-height: 1.35em; width: 100%; text-align: center; }
  .bytes s.ctl { color: var(--soft); } .bytes s.gone { background: var(--lost); color: var(--on-lost); }
  .bytes s.new { background: var(--added); color: var(--on-added); }
  .bytes .mark { color: var(--on-lost); font-weight: 700; line-height: 1; min-height: 1em; }
  .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: .6rem; }
  .pair > div { background: var(--pane); padding: .5rem .7rem; white-space: pre-wrap; }
  mark { background: var(--changed); color: var(--on-changed); }
  .heat { background: var(--pane); padding: .6rem; white-space: pre-wrap;
    font: 13px/1.6 ui-monospace, "DejaVu Sans Mono", monospace; }
  .h1 { background: light-dark(#fff1cc, #3a2d05); } .h2 { background: light-dark(#ffdf9e, #5a3d00); }
  .h3 { background: light-dark(#ffc4a8, #7a2f00); } .h4 { background: light-dark(#ffa8a0, #961c1c); }
  .h1, .h2, .h3, .h4 { color: light-dark(#1f2328, #ffffff); }
  .bar { display: flex; height: 1rem; background: var(--pane); margin: .3rem 0; }
  .bar span { flex: 1; }
  .fall { width: 100%; font-size: 13px; table-layout: fixed; } .fall td, .fall th { padding: .05rem .3rem; }
  .fall .lane { position: relative; width: 34%; } .fall .lane i { position: absolute; top: 3px; bottom: 3px;
    min-width: 2px; } .fall .held { color: var(--on-lost); }
  .fall i.up { background: var(--on-late); } .fall i.down { background: var(--on-arrived); }
  .filter { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .5rem 0; }
  .filter select, .filter input, button { font: inherit; color: var(--fg); background: var(--bg);
    border: 1px solid var(--soft); border-radius: .3rem; padding: .15rem .5rem; max-width: 100%; }
  .proofs { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .7rem; }
  .proofs article { margin: 0; }
  .again { display: flex; gap: .5rem; align-items: center; margin: .4rem 0; } .again pre { margin: 0; flex: 1; min-width: 0; white-space: pre-wrap; }
  svg { max-width: 100%; height: auto; } svg text { fill: var(--fg); font: 12px sans-serif; }
  [hidden] { display: none !important; }
  @media (max-width: 30rem) { body { padding: .5rem; } article { padding: .5rem; }
    .again { flex-direction: column; align-items: start; } .again pre { width: 100%; } }
  @media print { :root { color-scheme: light; } body { max-width: none; padding: 0; }
    .filter, button { display: none; } h2, h3, h4, summary { break-after: avoid; }
    .strip, .axis, .again, .pair, .bytes, tr { break-inside: avoid; } pre { white-space: pre-wrap; }
    .scroll { overflow: visible; }
    * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
  """
