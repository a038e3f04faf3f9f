"""The pages. Streamlit takes a folder named pages beside its main script for pages of its own."""
