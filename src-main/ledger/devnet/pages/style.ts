/** Colours and sizes are those of the app's tokens. */
const TOKENS = `
:root {
  color-scheme: light dark;
  --font: system-ui, -apple-system, 'Segoe UI', 'Inter', 'Noto Sans', sans-serif;
  --mono: ui-monospace, 'SF Mono', 'Cascadia Mono', 'Noto Sans Mono', monospace;
  --bg-page: #f6f7fa; --bg: #ffffff; --bg-hover: #e9ebf2;
  --text: #171a24; --text-2: #565d72; --text-3: #676e83;
  --line: #e1e4ec; --line-control: #868da3;
  --accent: #3557d6; --accent-hover: #2b49bb; --accent-soft: #e4e9fc; --on-accent: #ffffff;
  --ok: #16794a; --ok-soft: #dff3e8; --warn: #8a5a00; --warn-soft: #fdf0d5; --bad: #b3261e; --bad-soft: #fbe4e2;
  --shadow: 0 1px 2px rgb(20 24 40 / 0.06), 0 8px 24px rgb(20 24 40 / 0.05);
  --focus: 0 0 0 2px var(--bg), 0 0 0 4px var(--accent);
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg-page: #141721; --bg: #191d29; --bg-hover: #232839;
    --text: #edeff6; --text-2: #b0b7cb; --text-3: #939bb2;
    --line: #2a3042; --line-control: #6b7389;
    --accent: #8ea4ff; --accent-hover: #a5b7ff; --accent-soft: #2a3358; --on-accent: #0f1118;
    --ok: #6fd6a4; --ok-soft: #173a2a; --warn: #f0c36a; --warn-soft: #3d3015; --bad: #ff9b93; --bad-soft: #46211f;
    --shadow: 0 1px 2px rgb(0 0 0 / 0.4), 0 10px 30px rgb(0 0 0 / 0.25);
  }
}`

const BASE = `
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; font: 14.5px / 1.45 var(--font); color: var(--text); background: var(--bg-page); }
h1, h2, h3, p, dl, dd, ul, ol { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 20px; font-weight: 650; letter-spacing: -0.01em; }
h2 { font-size: 17px; font-weight: 650; }
h3 { font-size: 14.5px; font-weight: 600; margin-top: 12px; }
a { color: var(--accent); text-underline-offset: 2px; }
a:hover { color: var(--accent-hover); }
button, input { font: inherit; color: inherit; }
:focus-visible { outline: none; box-shadow: var(--focus); border-radius: 6px; }
::selection { background: var(--accent-soft); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 12px; top: -60px; padding: 8px 12px; background: var(--bg); border-radius: 6px; z-index: 1; }
.skip:focus { top: 12px; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; max-width: 1080px; margin: 0 auto;
  padding: 16px 24px 0; }
.brand { display: flex; align-items: center; gap: 10px; color: var(--text); font-size: 17px; font-weight: 650;
  text-decoration: none; }
.brand:hover { color: var(--text); }
main { display: grid; gap: 16px; max-width: 1080px; margin: 0 auto; padding: 24px; grid-template-columns: minmax(0, 1fr); }
footer { max-width: 1080px; margin: 0 auto; padding: 8px 24px 32px; color: var(--text-3); font-size: 13px; }
.card { background: var(--bg); border: 1px solid var(--line); border-radius: 16px; padding: 20px; box-shadow: var(--shadow);
  min-width: 0; }
.card > h2 { margin-bottom: 12px; }
.columns { display: grid; gap: 16px; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); align-items: start; }
.intro { max-width: 68ch; padding: 4px 0 0; }
.intro h1 { font-size: 28px; line-height: 1.2; }
.intro p { color: var(--text-2); margin-top: 8px; }
.intro strong { color: var(--text); font-weight: 600; }
.sub { color: var(--text-2); font-size: 13px; }
.empty { color: var(--text-2); padding: 4px 0; }
.notice { padding: 12px 16px; border-radius: 10px; background: var(--ok-soft); color: var(--ok); font-weight: 600; }
.pill { display: inline-block; padding: 2px 10px; border-radius: 999px; font-size: 13px; font-weight: 600;
  white-space: nowrap; }
.pill.ok { background: var(--ok-soft); color: var(--ok); }
.pill.warn { background: var(--warn-soft); color: var(--warn); }
.pill.bad { background: var(--bad-soft); color: var(--bad); }
code { font: 13px / 1.5 var(--mono); overflow-wrap: anywhere; }
.whole { user-select: all; }
.amount { font-variant-numeric: tabular-nums; white-space: nowrap; font-weight: 600; }
.amount .unit { color: var(--text-2); font-weight: 400; font-size: 13px; }
.amount.in { color: var(--ok); }
.picture { display: block; flex: none; border-radius: 50%; width: 36px; height: 36px; }
.picture.s { width: 20px; height: 20px; }
.picture.l { width: 72px; height: 72px; }`

const FORMS = `
input { width: 100%; min-height: 36px; padding: 6px 12px; border: 1px solid var(--line-control); border-radius: 10px;
  background: var(--bg); }
input::placeholder { color: var(--text-3); opacity: 1; }
input[aria-invalid] { border-color: var(--bad); }
button { min-height: 36px; padding: 6px 14px; border: 1px solid var(--line-control); border-radius: 10px;
  background: transparent; font-weight: 600; cursor: pointer; white-space: nowrap; }
button:hover { background: var(--bg-hover); }
button.primary { border-color: transparent; background: var(--accent); color: var(--on-accent); }
button.primary:hover { background: var(--accent-hover); }
input:focus-visible, button:focus-visible { border-radius: 10px; }
.search { display: flex; gap: 8px; margin-left: auto; width: min(100%, 400px); }
.faucet { display: grid; gap: 8px; }
.faucet label { font-weight: 600; font-size: 13px; }
.faucet .field { display: flex; gap: 8px; }
.faucet .field input { font-family: var(--mono); font-size: 13px; }
.hint { color: var(--text-2); font-size: 13px; }
.problem { color: var(--bad); font-weight: 600; }
.problem .sub { font-weight: 400; }`

const LISTS = `
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 1px; overflow: hidden;
  background: var(--line); border: 1px solid var(--line); border-radius: 16px; }
.facts .fact { background: var(--bg); padding: 14px 20px; }
.fact dt { color: var(--text-2); font-size: 13px; }
.facts dd { font-size: 17px; font-weight: 600; font-variant-numeric: tabular-nums; }
.facts code { font-size: 15px; }
.rows { margin: 0 -8px; }
.row { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: center; gap: 12px; padding: 8px;
  min-height: 54px; border-radius: 10px; color: inherit; text-decoration: none; }
.row:hover { background: var(--bg-hover); color: inherit; }
.row .words { display: grid; min-width: 0; }
time { white-space: nowrap; }
.row .title { font-weight: 600; overflow-wrap: break-word; min-width: 0; }
.row .sub { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.pages { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; padding-top: 12px; margin-top: 8px;
  border-top: 1px solid var(--line); }
.pages [rel='next'] { margin-left: auto; }
.heading { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 16px;
  margin-bottom: 8px; }
.list .fact { display: grid; grid-template-columns: 120px minmax(0, 1fr); gap: 12px; padding: 9px 0;
  border-top: 1px solid var(--line); }
.list .fact:first-child { border-top: 0; }
.list dd, .list dt, .problem { overflow-wrap: anywhere; }
.fields .fact { grid-template-columns: 260px minmax(0, 1fr); }
.fields dd { font-variant-numeric: tabular-nums; }
.list .party { margin-bottom: 2px; }
.party { display: flex; align-items: center; gap: 8px; min-width: 0; }
.plain li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 16px; padding: 9px 0;
  border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.plain li:first-child { border-top: 0; }
.account { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: center; gap: 12px 20px; }
.account .address { color: var(--text-2); margin-top: 2px; }
.account .balance { display: grid; justify-items: end; }
.account .balance .amount { font-size: 20px; }
.account form { grid-column: 1 / -1; }
@media (max-width: 720px) {
  .top, main, footer { padding-left: 16px; padding-right: 16px; }
  main { padding-top: 16px; padding-bottom: 16px; }
  .columns { grid-template-columns: minmax(0, 1fr); }
  .search { width: 100%; }
  .card { padding: 16px; }
  .intro h1 { font-size: 24px; }
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .facts .fact { padding: 10px 16px; }
  .facts .fact:first-child:nth-last-child(odd) { grid-column: 1 / -1; }
  .faucet .field { flex-direction: column; }
  .list .fact, .fields .fact { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .account { grid-template-columns: auto minmax(0, 1fr); }
  .account .balance { grid-column: 1 / -1; justify-items: start; }
  .picture.l { width: 44px; height: 44px; }
  .row { gap: 0 12px; }
  .row .words { display: contents; }
  .row .picture { grid-row: 1 / 3; }
  .row .title { grid-column: 2; grid-row: 1; }
  .row .amount { grid-column: 3; grid-row: 1; }
  .row .sub { grid-column: 2 / -1; grid-row: 2; }
  input, button { min-height: 44px; }
}
@media (max-width: 400px) {
  .row .amount { grid-column: 2 / -1; grid-row: auto; white-space: normal; overflow-wrap: anywhere; }
  .row .title { grid-column: 2 / -1; }
  .row .picture { grid-row: 1 / 4; align-self: start; }
}
@media (forced-colors: active) { .card, .pill, .facts { border: 1px solid; } }`

export const STYLE = [TOKENS, BASE, FORMS, LISTS].join('\n').trim()
