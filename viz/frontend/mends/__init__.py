"""Change a program's text so that a mistake is gone, by Python's ``ast`` alone.

What a mend yields is a proposal: whoever shows it parses and checks the text with it.
"""
