"""Run Streamlit's command line with a key for the tokens of sessions that the caller knows.

``python benchmarks/classroom/served.py KEY run app.py …``: a client that has no Streamlit session
can then make tokens of its own.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from streamlit.web.cli import main

from viz.ui.workbench import tokens

tokens._KEY = bytes.fromhex(sys.argv.pop(1))
sys.exit(main(prog_name="streamlit"))
