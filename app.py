"""Start the page: ``streamlit run app.py``."""

import streamlit as st

app = st.App("viz/ui/main.py")
