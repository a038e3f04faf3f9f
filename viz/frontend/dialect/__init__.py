"""Replace older spellings of TVMScript by today's."""
