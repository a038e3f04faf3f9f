"""The workbench: editor, AST and source in one component that asks for its parts by itself.

The scripts beside this file are ES modules, one a pane; they and those of :mod:`viz.render.web` are
served as they are (:mod:`viz.ui.workbench.assets`). What the browser asks for and what it gets is
:mod:`viz.ui.workbench.questions`.
"""
