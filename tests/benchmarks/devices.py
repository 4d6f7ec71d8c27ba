"""Whether it matters on which device a study runs: the test scores of the same runs, made on two devices.

    python tests/benchmarks/devices.py results/runs ../other/results/runs

Both folders are of studies with the same settings and seeds. A run is compared with the run at the same path if their
settings and their data are the same.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import t

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from beyondtext.core.errors import InputError, command_line  # noqa: E402
from beyondtext.training.run_files import IDENTITY, read_run  # noqa: E402

CONFIDENCE, FEWEST = 0.95, 5  # seeds of a row


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path, help="a folder of runs")
    parser.add_argument("second", type=Path, help="the same runs on another device")
    given = parser.parse_args(arguments)
    print(report(pairs(given.first, given.second)), end="")


def pairs(first, second):
    """The records of the same runs in two folders, as a list of pairs."""
    found = []
    for path in sorted(first.rglob("run.json")):
        other = second / path.relative_to(first).parent
        if not (other / "run.json").exists():
            continue
        a, b = read_run(path.parent), read_run(other)
        if all(a[key] == b[key] for key in ("settings", "data_sha256")) and a["scores"]["test"] is not None:
            found.append((a, b))
    if not found:
        raise InputError(f"{first} and {second} have no run with the same settings and data; give two folders of runs")
    return found


def arm(run):
    """What a run has in common with those of other seeds."""
    return "/".join(str(run[key]) for key in IDENTITY if key != "seed")


def report(found):
    """The table, one row for each arm with enough runs."""
    devices = [sorted({pair[place]["device"] for pair in found}) for place in (0, 1)]
    scores = defaultdict(list)
    for a, b in found:
        scores[arm(a)].append((a["scores"]["test"], b["scores"]["test"]))
    lines = [f"first: {', '.join(devices[0])}", f"second: {', '.join(devices[1])}", ""]
    lines += ["mean test scores of runs with the same seed; the mean difference and its 95 % interval", ""]
    width = max(map(len, scores))
    lines += [f"{'arm':{width}}{'seeds':>7}{'first':>8}{'second':>8}{'difference':>12}"]
    for name, values in scores.items():
        if len(values) >= FEWEST:
            first, second = np.transpose(values)
            low, high = interval(second - first)
            means = f"{first.mean():8.3f}{second.mean():8.3f}{(second - first).mean():+12.3f}"
            lines.append(f"{name:{width}}{len(values):7}{means}  {low:+.3f} to {high:+.3f}")
    return "\n".join(lines) + "\n"


def interval(differences):
    """Student's interval of a mean."""
    half = t.ppf((1 + CONFIDENCE) / 2, len(differences) - 1) * differences.std(ddof=1) / len(differences) ** 0.5
    return differences.mean() - half, differences.mean() + half


if __name__ == "__main__":
    main()
