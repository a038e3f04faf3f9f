"""The page's own style, on top of the theme in .streamlit/config.toml."""

STYLE = """<style>
.block-container { padding: 3.6rem 1.2rem 2rem; max-width: none; }
[data-testid="stTextArea"] textarea {
  font-family: 'JetBrains Mono', 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', ui-monospace, Menlo,
  Consolas, monospace; font-size: 13px; line-height: 1.5; tab-size: 4; white-space: pre;
  overflow-wrap: normal; overflow-x: auto;
}
.pane-title {
  font-size: 12px; font-weight: 650; letter-spacing: .09em; text-transform: uppercase;
  opacity: .72; padding-top: .35rem;
}
.tree { overflow: auto; height: 100%; }
.tree svg { max-width: none; }
.verdict { font-size: 1.35rem; font-weight: 650; }
.verdict.pass { color: #1a7f4b; } .verdict.fail { color: #c3352b; }
@media (prefers-color-scheme: dark) { .verdict.pass { color: #5fd39a; } .verdict.fail { color:
#ff8a80; } } </style>"""
