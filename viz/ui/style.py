"""The style sheet of all pages, on top of the theme in .streamlit/config.toml."""

STYLE = """<style>
.block-container { padding: 4.4rem 1.2rem 2rem; max-width: none; }
.checks .ok td:first-child { color: light-dark(#1a7f4b, #5fd39a); }
.checks .broken td:first-child { color: light-dark(#c3352b, #ff8a80); }
.checks { border-collapse: collapse; max-width: 62rem; }
.checks tr { border-top: 1px solid color-mix(in srgb, currentColor 14%, transparent); }
.checks td, .checks th { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0;
  overflow-wrap: anywhere; }
.checks th { font-weight: 550; white-space: nowrap; }
.checks td:first-child { font-weight: 700; }
.checks .missing { opacity: .75; }
.checks small { display: block; opacity: .75; }
</style>"""
