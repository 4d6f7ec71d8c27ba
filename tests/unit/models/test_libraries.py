"""Importing the large libraries with the garbage collector paused."""

import subprocess
import sys

from beyondtext.core import paths


def run(code):
    """Run code in a new process and return what it prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=paths.SCRIPTS, capture_output=True, text=True, check=True).stdout


def test_the_collector_runs_again_afterwards_and_skips_what_was_imported():
    code = "import gc\nfrom beyondtext.models.libraries import import_libraries\n"
    code += "collections = lambda: sum(generation['collections'] for generation in gc.get_stats())\n"
    code += "before = collections(); import_libraries()\n"
    code += (
        "print(collections() == before, gc.isenabled(), gc.get_freeze_count() > 10**5, len(gc.get_objects()) < 10**4)"
    )
    assert run(code) == "True True True True\n"


def test_an_encoder_needs_few_other_modules():
    code = "import sys\nfrom beyondtext.models.libraries import import_libraries\nimport_libraries()\n"
    code += (
        "before = set(sys.modules)\nimport transformers.models.bert.modeling_bert\nimport beyondtext.models.kernels\n"
    )
    code += "print(*(set(sys.modules) - before))"
    others = {name for name in run(code).split() if not name.startswith(("transformers.models.bert", "beyondtext"))}
    assert len(others) < 10, others


def test_a_later_call_exempts_nothing_from_collection():
    code = "import gc\nfrom beyondtext.models.libraries import import_libraries\n"
    code += "import_libraries(); before = gc.get_freeze_count(); kept = [[] for _ in range(1000)]\n"
    code += "import_libraries(); print(gc.get_freeze_count() - before)"
    assert int(run(code)) <= 0
