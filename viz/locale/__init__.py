"""The words of the page, the report and the command line in each language, and who is told which.

The words stand in the code in English, between ``_(`` and ``)``; ``zh_CN.po`` has them in
simplified Chinese, by their English text. ``python -m tools.translations`` brings it up to date
with the code. Nothing here is set for a whole process: a server has users of both languages, so the
language is an argument wherever something is shown. Messages about programs have tables of their
own (:mod:`viz.messages`), and so has the catalog.
"""
