"""Define a study of your own data: python scripts/new_study.py my.fasta"""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.cli import count
from beyondtext.core.errors import InputError, command_line
from beyondtext.data.inspection.findings import AmbiguousError, Wishes

FIELDS = ("target", "sequence", "second", "split", "group", "id")


@command_line
def main(arguments=None):
    """Inspect the data, print what was found and why, and write the three files of a study."""
    given = parse(arguments)
    from beyondtext.data.inspection.writing import write

    print(f"{given.data}")
    wishes = Wishes(**{field.name: getattr(given, field.name) for field in fields(Wishes)})
    findings = inspect_and_ask(given.data, wishes)
    show(findings.remarks)
    if given.dry_run:
        return
    for kind, path in write(findings).items():
        print(f"the {kind} is in {path.relative_to(paths.ROOT)}")
    print(f"change what is wrong there, then run the study: make report CONFIG=config/{findings.name}.yaml")
    print(f"its page will be {paths.ROOT / paths.report(findings.name)}")


def parse(arguments):
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="A FIELD is a column of a table, a KEY of KEY=value in FASTA headers, or a part of them such as field2.",
    )
    parser.add_argument("data", type=Path, help="a FASTA file, a table (CSV, TSV …) or a folder of MIDI files")
    parser.add_argument("--name", help="of the study (default: that of the file)")
    for role in FIELDS:
        help_text = "what is to be predicted" if role == "target" else f"the field of the {role}"
        help_text = "the second sequence of a pair, or none" if role == "second" else help_text
        help_text += ", or none" if role in ("split", "group", "id") else ""
        parser.add_argument(f"--{role}", metavar="FIELD", help=help_text)
    parser.add_argument("--target-kind", choices=["class", "number"], help="whether the target is a class or a number")
    parser.add_argument("--decimal", choices=["comma"], help="the decimal sign, where a comma may mean thousands")
    rules = ["drop", "first", "mean", "median", "majority"]
    parser.add_argument("--repeats", choices=rules, help="what to do with several records of one sequence")
    parser.add_argument("--smallest-class", type=count, metavar="RECORDS", help="leave classes with fewer records out")
    parser.add_argument("--domain", choices=["text", "protein", "dna"], help="what the sequences are")
    parser.add_argument("--alphabet", metavar="LETTERS", help="their symbols, such as ACGT")
    parser.add_argument("--max-length", type=count, metavar="SYMBOLS", help="of a sequence")
    parser.add_argument("--too-long", choices=["truncate", "drop"], help="what to do with longer sequences")
    parser.add_argument("--delimiter", type=delimiter, metavar="CHARACTER", help="of a table; tab for a tab")
    parser.add_argument("--header", choices=["yes", "no"], help="whether a table's first line names its columns")
    parser.add_argument("--window", type=count, metavar="NOTES", help="in a window of music")
    parser.add_argument("--model", default=Wishes.model, help=f"the text model (default: {Wishes.model})")
    parser.add_argument("--dry-run", action="store_true", help="inspect the data, and write nothing")
    return parser.parse_args(arguments)


def delimiter(text):
    """One character, or the word tab."""
    sign = {"tab": "\t", r"\t": "\t"}.get(text, text)
    if len(sign) != 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not one character, or tab")
    return sign


def inspect_and_ask(data, wishes):
    """Inspect the data; ask which field it is where several could be meant, if there is somebody to ask."""
    from beyondtext.data.inspection.inspect import inspect

    while True:
        try:
            return inspect(data, wishes)
        except AmbiguousError as error:
            show(error.remarks)
            if not sys.stdin.isatty():
                raise
            wishes = replace(wishes, **{error.wish: ask(error)})
        except InputError as error:
            show(error.remarks)
            raise


def ask(error):
    """Let the user choose one of the candidates of an `AmbiguousError`."""
    names = list(error.candidates)
    print(f"Which field is the {error.wish}?")
    for number, name in enumerate(names, start=1):
        print(f"  {number}  {name}: {', '.join(error.candidates[name])}")
    while True:
        try:
            answer = input("Its number or name: ").strip()
        except EOFError:
            raise error from None
        if answer in names:
            return answer
        if answer.isdigit() and 0 < int(answer) <= len(names):
            return names[int(answer) - 1]


def show(remarks):
    """Print remarks, one on each line."""
    for remark in remarks:
        print(f"  {remark}")


if __name__ == "__main__":
    main()
