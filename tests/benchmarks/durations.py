"""Where the time of a study's runs went: seconds of one core, means by task, from the study's runs.csv.

python tests/benchmarks/durations.py docs/record/default
"""

import argparse
from pathlib import Path

import pandas as pd

KINDS = {"frozen": "frozen features", "none": "baselines"}  # by rule for the learning rate


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, help="a folder with tables, such as docs/record/default or results/default")
    print(report(pd.read_csv(parser.parse_args().study / "tables" / "runs.csv")), end="")


def report(runs):
    """The table of a study as text.

    Parameters
    ----------
    runs : pandas.DataFrame
        ``task``, ``rate`` and ``seconds`` of each run.
    """
    kind = runs["rate"].map(KINDS).fillna("fine-tuning")
    by_task = runs["seconds"].groupby([kind, runs["task"]], sort=False)
    shown = by_task.mean().unstack()[runs["task"].drop_duplicates()]
    total = runs["seconds"].groupby(kind, sort=False).agg(["size", "sum"])
    shown["runs"], shown["minutes in all"] = total["size"], total["sum"] / 60
    shown = shown.rename_axis(columns="seconds of a run", index=None)
    return shown.to_string(float_format="{:.0f}".format) + f"\nall runs: {runs['seconds'].sum() / 60:.0f} minutes\n"


if __name__ == "__main__":
    main()
