"""The style sheet and the head of Streamlit's pages, on top of .streamlit/config.toml."""

from viz.locale.translator import Translator

STYLE = """<style>
[data-testid=stHeader] { display: none; }
.block-container { padding: .4rem 1.2rem 2rem; max-width: none; }
.site-pages { display: flex; gap: 1.2rem; align-items: baseline; }
.site-pages b { font-size: 1.05rem; }
.site-pages i { font-style: normal; color: light-dark(#2f5fd0, #7ea6ff); }
.site-pages a { color: inherit; text-decoration: none; }
.site-pages a[aria-current] { font-weight: 600; }
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
  .block-container { padding: .4rem 1rem 2rem; }
  .checks tr { display: grid; grid-template-columns: 1.4rem minmax(0, 1fr); padding: .45rem 0; }
  .checks.counts tr { grid-template-columns: minmax(0, 1fr); }
  .checks td, .checks th { display: block; padding: 0; white-space: normal; }
  .checks:not(.counts) td:last-child { grid-column: 2; font-size: .9rem; }
}
</style>"""


def navigation(query: str, _: Translator) -> str:
    """Return the links between the pages, on a page that is not the workspace.

    Parameters
    ----------
    query
        The workspace as a URL holds it, which the way back leads to; empty for one too long for it.
    """
    program = f"w={query}&amp;" if query else ""
    other, code, name = ("en", "en", "English") if _.language == "zh" else ("zh", "zh-CN", "中文")
    return (
        f'<nav class="site-pages" aria-label="{_("Pages")}"><b>TIR<i>scope</i></b>'
        f'<a href="./?{program}lang={_.language}" target="_self">{_("Workspace")}</a>'
        f'<a href="./?lesson=list&amp;lang={_.language}" target="_self">{_("Learn")}</a>'
        f'<a href="environment" aria-current="page" target="_self">{_("Environment")}</a>'
        f'<a href="environment?{program}lang={other}" lang="{code}" target="_self">{name}</a></nav>'
    )
