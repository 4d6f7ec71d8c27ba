"""The script that checks a machine with a GPU: it runs to its end without one, on tiny models."""

import subprocess
import sys

import pytest

from beyondtext.core import paths


@pytest.mark.slow
def test_the_checks_for_a_gpu_hold_on_a_processor():
    program = paths.ROOT / "tests" / "gpu" / "check.py"
    done = subprocess.run(
        [sys.executable, program, "--device", "cpu", "--quick"], capture_output=True, text=True, cwd=paths.ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("\nheld") == 6 and done.stdout.count("\nskipped") == 2 and "FAILED" not in done.stdout
    assert "runs a minute" in done.stdout and "Trainer fp32" in done.stdout
