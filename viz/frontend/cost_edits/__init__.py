"""Change a program's text so that its accesses to memory cost less, by Python's ``ast`` alone.

What an edit yields is a proposal: whoever shows it has measured the text with it.
"""
