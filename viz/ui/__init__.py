"""The page. Only this room and app.py import streamlit."""
