"""Examples run by both engines: the same inputs, and outputs that are equal."""

import numpy as np
import pytest

from tests.support.legacy import needs_second_engine
from tests.support.legacy.programs import GPU_ONLY, text_of
from viz.model import EMULATED, LEGACY, Request, RunPart
from viz.service.client.submit import Engine, submit

SOME = (
    "add_one",
    "argmax",
    "batched_matmul_f16",
    "collatz",
    "dequantize_q4f16",
    "dynamic_add",
    "if_double",
    "kv_cache_append",
    "two_functions",
)
"""Examples of each kind of input; all of them were compared when the engine was made."""


@pytest.fixture(scope="module")
def engine():
    engine = Engine(local=True)
    yield engine
    engine.close()


def ask(engine, name, part, generation):
    return submit(Request(text=text_of(name), part=part, engine=generation), engine=engine)


@needs_second_engine
@pytest.mark.parametrize(("names", "device"), [(SOME, "llvm"), (GPU_ONLY, EMULATED)])
def test_outputs_are_those_of_todays_engine(engine, names, device):
    part = RunPart(device=device)
    jobs = {name: [ask(engine, name, part, each) for each in ("", LEGACY)] for name in names}
    for name, pair in jobs.items():
        today, older = (job.result() for job in pair)
        assert older.passed, name
        assert today.inputs == older.inputs, name
        for one, other in zip(today.comparisons, older.comparisons, strict=True):
            assert (one.name, one.dtype, one.shape) == (other.name, other.dtype, other.shape)
            values = [[sample.got for sample in each.head] for each in (one, other)]
            if "int" in one.dtype:
                assert values[0] == values[1], name
            else:
                np.testing.assert_allclose(*values, rtol=one.rtol, atol=one.atol)
