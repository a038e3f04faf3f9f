"""The workbench: editor, AST and sources in one component that fetches its parts over HTTP.

``scripts`` has its ES modules, which :mod:`viz.ui.workbench.assets` serves with those of
:mod:`viz.render.web`. :mod:`viz.ui.workbench.questions` has the questions of the browser,
:mod:`viz.ui.workbench.frames` their answers.
"""
