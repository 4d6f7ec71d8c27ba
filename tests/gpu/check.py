"""What must hold on a GPU, and how fast training is there: one script for a machine with a card.

It needs torch, transformers and this project's files, but no network and no data: it makes weights and examples. The
comparison with transformers' Trainer also needs accelerate, and the checks on a processor need psutil. On an H100 it
ends within four minutes.

    python tests/gpu/check.py
    python tests/gpu/check.py --device cpu --quick    # tiny models, graphs emulated: shows that the script runs

It prints a table of what held and what did not, and exits with 1 if anything did not.
"""

import argparse
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "gpu")]

import torch  # noqa: E402

import behaviour  # noqa: E402
import speed  # noqa: E402
from beyondtext.models.device import Compute, device_name  # noqa: E402


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--quick", action="store_true", help="tiny models and few steps")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    if given.device == "cuda" and not torch.cuda.is_available():
        sys.exit("error: torch finds no GPU; try --device cpu --quick")
    torch.set_num_threads(1)  # as in the workflow
    device = torch.device("cuda", 0) if given.device == "cuda" else torch.device("cpu")
    compute = Compute.on(device, "auto")
    print(f"{device_name(device)}, torch {torch.__version__}, {compute.precision}\n", flush=True)

    failures = sum(not holds(check, compute, given.quick) for check in behaviour.CHECKS)
    print()
    for report in speed.REPORTS:
        report(compute, given.quick)
    print(f"{time.monotonic() - started:.0f} seconds in all")
    sys.exit(failures > 0)


def holds(check, compute, quick):
    """Carry out a check, print a row of the table, and return whether it held."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome, detail = "held", check(compute, quick, Path(folder))
        except AssertionError as error:
            outcome, detail = "FAILED", str(error)
        except Exception:
            outcome, detail = "FAILED", traceback.format_exc()
    if detail is None:
        outcome, detail = "skipped", "only on a GPU"
    title = check.__doc__.splitlines()[0].rstrip(".")
    print(f"{outcome:8}{title}: {detail} [{time.monotonic() - started:.1f} s]", flush=True)
    return outcome != "FAILED"


if __name__ == "__main__":
    main()
