"""How long Snakemake takes to plan the paper's whole grid, and to find that nothing is left to do.

The project is copied to a temporary folder. For the second figure, every file of the grid is created there, empty, and
marked as up to date for Snakemake, which takes some minutes; nothing is downloaded or trained.

    python tests/benchmarks/whole_grid.py
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = {"dry run of the whole grid": 15, "nothing left to do": 20}  # seconds, the targets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="config/paper.yaml")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", "data", "results", "__pycache__"))

        def snakemake(*arguments):
            command = ["snakemake", "--cores", "2", "--configfile", given.config, *arguments]
            started = time.monotonic()
            done = subprocess.run(command, cwd=folder, env=environment(), text=True, capture_output=True, check=True)
            return time.monotonic() - started, done.stdout + done.stderr

        dry = [snakemake("--dry-run") for _ in range(given.rounds)]
        jobs = re.search(r"^total +(\d+)$", dry[0][1], re.MULTILINE)[1]
        _, summary = snakemake("--summary")
        for line in summary.splitlines():
            name = line.split("\t")[0]
            if "\t" in line and "/" in name:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).touch()
        snakemake("--touch", "--forceall")
        idle = [snakemake() for _ in range(given.rounds)]
        assert all("Nothing to be done" in output for _, output in idle), idle[0][1]

    print(f"{given.config}: {int(jobs):,} jobs; median (and lowest) of {given.rounds} rounds")
    for (name, longest), taken in zip(LONGEST.items(), (dry, idle), strict=True):
        seconds = [one for one, _ in taken]
        median = statistics.median(seconds)
        verdict = "met   " if median <= longest else "missed"
        print(f"  {name:26}{median:6.1f} s ({min(seconds):.1f})   {verdict} at most {longest} s")


def environment():
    """This process's environment, with the programs of its Python before others."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


if __name__ == "__main__":
    main()
