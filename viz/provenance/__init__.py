"""Questions over plain data, without TVM: who wrote a character, what became of a line."""
