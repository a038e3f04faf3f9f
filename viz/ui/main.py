"""Set up the Streamlit app: title, style, the navigation between its pages, the page itself."""

import streamlit as st

from viz.ui.session import broker, current_workspace, words
from viz.ui.style import STYLE, navigation
from viz.ui.views import environment, explore
from viz.ui.workspace import to_query

st.set_page_config(page_title="TIRscope", page_icon="🔭", layout="wide")
st.html(STYLE)
_ = words()
broker()  # starts the engine, which loads TVM while the page is drawn
page = st.navigation(
    [
        st.Page(explore.page, title=_("Workspace"), url_path="explore", default=True),
        # The addresses that the passes and runs had: links to them lead to the workspace, which has
        # both now.
        st.Page(explore.page, title=_("Workspace"), url_path="lowering", visibility="hidden"),
        st.Page(explore.page, title=_("Workspace"), url_path="run", visibility="hidden"),
        st.Page(environment.page, title=_("Environment"), url_path="environment"),
    ],
    position="hidden",
)
if page.url_path == "environment":
    # Without a program in the address, the way back leads to the one that the browser has kept.
    st.html(navigation(to_query(current_workspace()) if "w" in st.query_params else "", _))
page.run()
