"""Dumps of a compilation that ran elsewhere: read their files, put them in order, compare them.

A folder, a zip archive or some files become a :class:`~viz.model.Dump`. The formats that are known:

- MLC-LLM's ``compile --debug-dump`` writes ``debug-phase0.py`` … ``debug-phase5.py``, in older
  versions ``debug-final.py`` as the last: ``mod.script()`` after each phase of its pipeline.
- TVM's ``tvm.ir.instrument.DumpIR`` writes ``000_tirx.BindTarget.py`` …: the number of the pass
  run and the name of the pass.
- TileLang's LowerTrace (``TL_LOWER_TRACE``) writes ``PHASE/00_Simplify_before.tir`` and
  ``_after.tir``, numbered over all phases, at last ``codegen/42_codegen_after.cpp``, each run in a
  folder ``run_…`` of its own.

Nothing is executed or parsed to list the stages, and nothing is written to a disk.
"""
