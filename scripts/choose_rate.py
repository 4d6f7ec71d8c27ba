"""Choose an arm's learning rate: the highest mean validation score over seeds reserved for this choice."""

import argparse
from pathlib import Path

from beyondtext.core.errors import command_line
from beyondtext.training.learning_rate import CHOICE_IDENTITY, choose_rate


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, help="the folders of the arm's trial runs at all learning rates")
    parser.add_argument("--output", type=Path, required=True, help="the JSON file to write")
    given = parser.parse_args(arguments)

    choice = choose_rate(given.runs, given.output)
    arm = "/".join(str(choice[key]) for key in CHOICE_IDENTITY)
    print(f"{arm}: chose learning rate {choice['chosen']:g} from {len(choice['trials'])} trials")


if __name__ == "__main__":
    main()
