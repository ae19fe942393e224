/** The page's style sheet. System fonts only: nothing is fetched. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6677; --line: #d9dee6; --ground: #f7f8fa; --card: #ffffff; --accent: #1f5fd0; --good: #1a7f4b; --warn: #a15c00; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf1; --soft: #9aa6b8; --line: #2f3947; --ground: #12171f; --card: #1a212b; --accent: #7fb0ff; --good: #5fd39a; --warn: #f0b45c; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: 0; font-size: 1.9rem; letter-spacing: -0.01em; }
h2 { margin: 2.25rem 0 0.75rem; font-size: 1.15rem; }
h3 { margin: 0; font-size: 0.95rem; font-weight: 600; }
p { margin: 0.4rem 0; }
.soft { color: var(--soft); }
code, pre { font-family: ui-monospace, "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: 0.85rem; }
pre { margin: 0.4rem 0 0; padding: 0.75rem 0.9rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.scroll { overflow-x: auto; }
th, td { padding: 0.5rem 0.75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); font-size: 0.92rem; }
td:last-child { overflow-wrap: anywhere; min-width: 9rem; }
tr:last-child > * { border-bottom: 0; }
th { font-weight: 600; white-space: nowrap; }
.sample { margin-top: 1rem; }
.sample header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; }
button { font: inherit; font-size: 0.82rem; padding: 0.15rem 0.7rem; border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: var(--accent); cursor: pointer; }
button:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
input { font: inherit; padding: 0.25rem 0.6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: var(--ink); }
progress { width: 100%; min-width: 9rem; height: 0.7rem; accent-color: var(--accent); }
.chip { display: inline-block; padding: 0 0.5rem; border: 1px solid currentColor; border-radius: 999px; font-size: 0.78rem; white-space: nowrap; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.ended { opacity: 0.65; }
#link { float: right; margin-top: 0.5rem; }
`;
