"""The style sheet and the head of Streamlit's pages, on top of the theme in .streamlit/config.toml."""

STYLE = """<style>
[data-testid=stHeader] { display: none; }
.block-container { padding: .4rem 1.2rem 2rem; max-width: none; }
.site-pages { display: flex; gap: 1.2rem; align-items: baseline; }
.site-pages b { font-size: 1.05rem; }
.site-pages i { font-style: normal; color: light-dark(#2f5fd0, #7ea6ff); }
.site-pages a { color: inherit; text-decoration: none; }
.site-pages a[aria-current] { font-weight: 600; }
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


def navigation(query: str) -> str:
    """Return the links between the pages, on a page that is not the workspace.

    Parameters
    ----------
    query
        The workspace as a URL holds it, which the way back leads to; empty for one too long for it.
    """
    back = f"./?w={query}" if query else "./"
    return (
        '<nav class="site-pages" aria-label="Pages"><b>TIR<i>scope</i></b>'
        f'<a href="{back}" target="_self">Workspace</a>'
        '<a href="environment" aria-current="page" target="_self">Environment</a></nav>'
    )
