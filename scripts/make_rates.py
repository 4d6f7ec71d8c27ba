"""The validation scores behind each choice of a learning rate, as one table."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.core.files import replacing
from beyondtext.report import tables


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("choices", nargs="*", type=Path, help="the files of choose_rate.py, one an arm")
    parser.add_argument("--output", type=Path, default=Path(paths.TABLES) / "rates.csv", help="the CSV file to write")
    given = parser.parse_args(arguments)

    table = tables.rates(given.choices)
    with replacing(given.output) as part:
        table.to_csv(part, index=False, float_format="%.6g")
    for task, part in table.groupby("task", sort=False):
        print(f"\n{task}: mean {part['metric'].iloc[0]} on the validation split by step, and of the best step")
        print(tables.rates_by_step(part).to_string(float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
