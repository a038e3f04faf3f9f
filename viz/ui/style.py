"""The style sheet of all pages, on top of the theme in .streamlit/config.toml."""

STYLE = """<style>
.block-container { padding: 4.4rem 1.2rem 2rem; max-width: none; }
.checks { --good: light-dark(#14713f, #6fd39a); --bad: light-dark(#b3261e, #ff9d94);
  --soft: light-dark(#566070, #a6b2c2); border-collapse: collapse; max-width: 62rem; }
.checks .ok td:first-child { color: var(--good); }
.checks .broken td:first-child { color: var(--bad); }
.checks tr { border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.checks td, .checks th { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0;
  overflow-wrap: anywhere; }
.checks th { font-weight: 550; white-space: nowrap; }
.checks td:first-child { font-weight: 700; }
.checks .missing, .checks small { color: var(--soft); }
.checks small { display: block; }
@media (max-width: 640px) {
  .block-container { padding: 3.4rem 1rem 2rem; }
  .checks tr { display: grid; grid-template-columns: 1.4rem minmax(0, 1fr); padding: .45rem 0; }
  .checks.counts tr { grid-template-columns: minmax(0, 1fr); }
  .checks td, .checks th { display: block; padding: 0; white-space: normal; }
  .checks:not(.counts) td:last-child { grid-column: 2; font-size: .9rem; }
}
</style>"""
