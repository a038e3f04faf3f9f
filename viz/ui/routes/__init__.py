"""HTTP routes of the server beside Streamlit's, and the policy of its pages."""
