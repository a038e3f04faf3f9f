"""The pages of the app.

The package is not called ``pages``: Streamlit takes the scripts of a folder of that name beside its
main script for pages that it serves by itself.
"""
