"""Start the page: ``streamlit run app.py``, or ``streamlit run app.py -- --help``."""

import gc
import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from viz import ui
from viz.errors import VizError
from viz.service.broker import shared_broker
from viz.ui.routes import api, compressed, health, policy, skeleton
from viz.ui.workbench import lessons, schedules

shared_broker.configure(sys.argv[1:])
schedules.configure(sys.argv[1:])
try:
    lessons.configure(sys.argv[1:])
    shared_broker.shared()
except VizError as error:  # a scheduler that does not answer stops the server, not the first page
    sys.exit(f"{error.message}. {error.hint}")
# What is imported stays, and an answer is thousands of small things that go as one: the garbage
# collector need not look at them for every few hundred.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
app = st.App(
    Path(ui.__file__).with_name("main.py"),
    routes=[health.ROUTE, *api.routes()],
    middleware=[
        Middleware(policy.Policy),
        Middleware(skeleton.Skeleton),
        Middleware(compressed.Compressed),
    ],
)
