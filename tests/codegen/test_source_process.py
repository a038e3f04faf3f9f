"""The process that writes device texts for callers whose process must stay as it is."""

from tests.support.programs.examples import parsed
from viz.codegen import emit, source_process
from viz.passes import pipeline


def test_it_imports_nothing_from_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit('not the numpy that was meant')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(source_process, "_running", [])
    lowered = pipeline.lower(parsed("vector_add").mod, "cuda")
    ((target, device),) = lowered.devices.items()
    assert source_process.write(device, target) == emit.write(device, target)
