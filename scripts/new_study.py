"""Define a study of your own data: python scripts/new_study.py my.fasta"""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.cli import count, fraction, margin, positive
from beyondtext.core.errors import InputError, command_line
from beyondtext.core.machine import processors
from beyondtext.core.printing import visible
from beyondtext.data.inspection.findings import AmbiguousError, Notes, Wishes
from beyondtext.study import definitions
from beyondtext.study.budget import PASSES, STEPS, within
from beyondtext.study.cost import step_operations
from beyondtext.study.duration import calibrated, expected_seconds, in_words

FEWEST = 10  # sequences to train on
FIELDS = ("target", "sequence", "second", "split", "group", "id")


@command_line
def main(arguments=None):
    """Inspect the data, print what was found and why, and write the three files of a study."""
    given = parse(arguments)
    from beyondtext.data.inspection.writing import write

    print(visible(str(given.data)), flush=True)
    wishes = Wishes(**{field.name: getattr(given, field.name) for field in fields(Wishes)})
    findings = inspect_and_ask(given.data, wishes)
    show(findings.remarks)
    if given.dry_run:
        return
    budget = None

    def decide(config):
        nonlocal budget
        budget, notes = training_within(given.minutes, config, findings)
        show(notes.remarks)
        return training_of(budget, config), notes.seen

    for kind, path in write(findings, decide, given.overwrite).items():
        print(f"the {kind} is in {path.relative_to(paths.ROOT)}")
    cores, config = processors(), f"CONFIG=config/{findings.name}.yaml"
    print(f"correct any mistakes in them, then run (times are for {cores} core{'s' * (cores != 1)}):")
    print(f"  make preview {config}  # stage one, without fine-tuning: {in_words(budget.preview)}")
    print(f"  make report {config}  # the whole study: {in_words(budget.whole)}")
    print(f"both write the report to {paths.ROOT / paths.report(findings.name)}")


def parse(arguments):
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="A FIELD is a column of a table, a KEY of KEY=value in FASTA headers, or a part of them such as field2.",
    )
    parser.add_argument("data", type=data_path, help="a FASTA file, a table (CSV, TSV …) or a folder of MIDI files")
    parser.add_argument("--name", help="the name of the study (default: that of the file)")
    for role in FIELDS:
        help_text = "the field to predict" if role == "target" else f"the field of the {role}"
        help_text = "the second sequence of a pair, or none" if role == "second" else help_text
        help_text += ", or none" if role in ("split", "group", "id") else ""
        parser.add_argument(f"--{role}", metavar="FIELD", help=help_text)
    parser.add_argument("--target-kind", choices=["class", "number"], help="whether the target is a class or a number")
    parser.add_argument("--keep-missing", action="store_true", help="treat NA, null and the like as classes")
    parser.add_argument("--decimal", choices=["comma", "point"], help="the decimal sign, where it may mean thousands")
    rules = ["drop", "first", "mean", "median", "majority"]
    parser.add_argument("--repeats", choices=rules, help="what to do with several records of one sequence")
    parser.add_argument("--smallest-class", type=count, metavar="RECORDS", help="leave classes with fewer records out")
    parser.add_argument("--domain", choices=["text", "protein", "dna"], help="what the sequences are")
    parser.add_argument("--alphabet", metavar="LETTERS", help="their symbols, such as ACGT")
    parser.add_argument("--max-length", type=count, metavar="SYMBOLS", help="the largest length of a sequence")
    parser.add_argument("--too-long", choices=["truncate", "drop"], help="what to do with longer sequences")
    parser.add_argument(
        "--max-train", type=training_size, metavar="SEQUENCES", help="the largest number of training sequences"
    )
    parser.add_argument("--delimiter", type=delimiter, metavar="CHARACTER", help="the character between cells, or tab")
    parser.add_argument("--quotes", choices=["yes", "no"], help="whether double quotes enclose a table's cells")
    parser.add_argument("--header", choices=["yes", "no"], help="whether a table's first line names its columns")
    parser.add_argument("--window", type=count, metavar="NOTES", help="the number of notes in a window of music")
    parser.add_argument("--relatives", choices=["together", "apart"], help="whether near relatives stay in one split")
    help_text = "the largest share of the records that may be left out or altered"
    parser.add_argument("--max-affected", type=fraction, metavar="SHARE", help=help_text)
    parser.add_argument("--minutes", type=positive, default=30, help="time limit for the whole study (default: 30)")
    parser.add_argument("--margin", type=margin, help="the smallest difference in the score that is worth having")
    parser.add_argument("--model", default=Wishes.model, help=f"the text model (default: {Wishes.model})")
    parser.add_argument("--overwrite", action="store_true", help="replace the files of an earlier study of this name")
    parser.add_argument("--dry-run", action="store_true", help="inspect the data, and write nothing")
    return parser.parse_args(arguments)


def data_path(text):
    """The path of a file or folder; an address is none, nor is an empty text, which would be the current folder."""
    if "://" in text:
        raise argparse.ArgumentTypeError(f"{text} is an address; download it first, and give the path of the file")
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; give the path of a file, or of a folder of MIDI files")
    return Path(text)


def training_size(text):
    """A number of sequences to train on."""
    size = count(text)
    if size < FEWEST:
        raise argparse.ArgumentTypeError(f"{size} {'is' if size == 1 else 'are'} too few; give at least {FEWEST}")
    return size


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


def training_within(minutes, config, findings):
    """The `Budget` of a study of so many minutes, from the time of real training steps, and `Notes` that explain it."""
    seconds, machine = measured(config, findings)
    cores = processors()
    budget = within(config, findings.name, minutes, lambda jobs: expected_seconds(jobs, machine, cores))
    notes = Notes()
    batch = min(config["training"]["batch_size"], len(findings.lengths))
    where = machine.gpus[0] if machine.gpus else "one core of this machine"
    why = f"measured with {model_of(config)} on batches of {batch} sequences as long as these, on {where}"
    notes.add(f"a training step takes {seconds:.2g} s", why)
    passes = f"{budget.passes:.1f} passes over the training split"
    if budget.is_complete:
        why = f"{passes}; more than {PASSES} passes or {STEPS} steps are not needed"
    elif budget.whole > 60 * minutes:
        why = f"{passes}; everything else already takes {minutes:g} minutes or more"
    else:
        why = f"{passes}, as much as {minutes:g} minutes allow"
    notes.add(f"{budget.steps:,} training steps for each of {budget.seeds} seeds", why, "--minutes NUMBER")
    notes.seen = {"seeds": f"--minutes {minutes:g}", "training.steps": f"{seconds:.2g} s a step; {why}"}
    if budget.minutes_needed:
        why = f"in {minutes:g} minutes, training sees {budget.passes:.0%} of the training split"
        fewer = f", or --max-train {budget.sequences} leaves the rest of it out" if budget.sequences else ""
        why += f"; --minutes {budget.minutes_needed} lets it see all of it once{fewer}"
        notes.add("fine-tuning will give no answer", why)
    elif budget.minutes_for_steps:
        why = (
            f"after fewer than {STEPS} steps, fine-tuned networks often score lower than linear models on their own "
            f"frozen features; --minutes {budget.minutes_for_steps} is enough for {STEPS}"
        )
        notes.add("fine-tuning is short", why)
    return budget, notes


def training_of(budget, config):
    """What the study file says about training."""
    training = {"steps": budget.steps}
    if budget.evaluations != config["training"]["evaluations"]:
        training["evaluations"] = budget.evaluations
    return {"seeds": config["seeds"][: budget.seeds], "training": training}


def measured(config, findings):
    """The seconds of a training step, and this machine with the speed that they show; torch takes a while to import."""
    from beyondtext.models.speed import measure
    from beyondtext.training.timing import step_seconds

    name = model_of(config)
    seconds = step_seconds(name, definitions.model(name), findings.lengths, findings.symbols, config)
    machine = measure(config["device"], config["training"]["precision"])
    return seconds, calibrated(machine, step_operations(config, findings.name, name), seconds)


def model_of(config):
    """The text model of a study that was written here."""
    return config["arms"][0]["models"][0]


def ask(error):
    """Let the user choose one of the candidates of an `AmbiguousError`."""
    numbered = {str(number): name for number, name in enumerate(error.candidates, start=1)}
    print(f"Which field is the {error.wish}?")
    for number, name in numbered.items():
        print(visible(f"  {number}  {name}: {', '.join(error.candidates[name])}"))
    while True:
        try:
            answer = input("Enter its number or name: ").strip()
        except EOFError:
            raise error from None
        if answer in error.candidates:
            return answer
        if answer in numbered:
            return numbered[answer]


def show(remarks):
    """Print remarks, one on each line."""
    for remark in remarks:
        print(f"  {visible(str(remark))}")


if __name__ == "__main__":
    main()
