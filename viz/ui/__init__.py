"""The page in the browser. Only this package and app.py import streamlit."""
