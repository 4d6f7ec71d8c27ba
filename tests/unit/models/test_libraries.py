"""Importing the large libraries with the garbage collector paused."""

import json
import subprocess
import sys

import pytest

from beyondtext.core import paths

CODE = """
import gc, json, sys
from beyondtext.models.libraries import import_libraries

def collections():
    return sum(generation["collections"] for generation in gc.get_stats())

before = collections()
import_libraries()
found = {
    "collections": collections() - before,
    "enabled": gc.isenabled(),
    "frozen": gc.get_freeze_count(),
    "tracked": len(gc.get_objects()),
}
kept = [[] for _ in range(1000)]
import_libraries()
found["frozen later"] = gc.get_freeze_count() - found["frozen"]
modules = set(sys.modules)
import transformers.models.bert.modeling_bert, beyondtext.models.kernels
found["modules"] = sorted(set(sys.modules) - modules)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found():
    """What a new process finds after each import; one process for all tests, since it takes seconds."""
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, cwd=paths.SCRIPTS, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_collector_runs_again_afterwards_and_skips_what_was_imported(found):
    assert found["collections"] == 0 and found["enabled"]
    assert found["frozen"] > 10**5 and found["tracked"] < 10**4


def test_a_later_call_exempts_nothing_from_collection(found):
    assert found["frozen later"] <= 0


def test_an_encoder_needs_few_other_modules(found):
    others = {name for name in found["modules"] if not name.startswith(("transformers.models.bert", "beyondtext"))}
    assert len(others) < 10, others
