"""Start the page: ``streamlit run app.py``, or ``streamlit run app.py -- --help``."""

import gc
import sys

import streamlit as st
from starlette.middleware import Middleware

from viz.broker import serving
from viz.errors import VizError
from viz.ui import api, health, policy

serving.configure(sys.argv[1:])
try:
    serving.shared()
except VizError as error:  # a scheduler that does not answer stops the server, not the first page
    sys.exit(f"{error.message}. {error.hint}")
# What is imported stays: the garbage collector need not look at it again for every answer.
gc.collect()
gc.freeze()
app = st.App(
    "viz/ui/main.py",
    routes=[health.ROUTE, *api.routes()],
    middleware=[Middleware(policy.Policy)],
)
