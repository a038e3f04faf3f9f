"""Everything that knows TVM. No other room imports it in the page's process."""
