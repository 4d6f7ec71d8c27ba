"""Messages of the readers name the options of the command line while no file of a task exists."""

import re
from pathlib import Path

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.inspection import advice
from beyondtext.data.inspection.findings import Wishes
from beyondtext.data.inspection.inspect import inspect
from own_data import fasta, letters, table, write

NUMBER = 60
SEQUENCES = letters(NUMBER)
TWO = ["enzyme" if row % 3 else "other" for row in range(NUMBER)]
KEY = re.compile(r"\b(options|target|symbols|split)\.[a-z]|max_length|other fractions|the caps")
HEADER = ["sequence", "label"]


def _quoted(sequence, more):
    return table([sequence, *SEQUENCES[1:]], TWO, header=HEADER) + more


FILES = {
    "a mark that is never closed": (_quoted(f'"{SEQUENCES[0]}', ""), {}, "--quotes no"),
    "a mark that closes too early": (
        table(["text here, and", '"a" b c, d', *SEQUENCES], ["x", "y", *TWO], header=HEADER, delimiter=";"),
        {"quotes": "yes", "sequence": "sequence"},
        "--quotes no",
    ),
    "records that marks join": (
        table(SEQUENCES, [*TWO[:4], '"other', "enzyme", 'other"', *TWO[7:]], header=HEADER),
        {},
        "--quotes yes",
    ),
    "a repeated header": (table(SEQUENCES, TWO, header=HEADER) * 2, {}, "delete it"),
    "a header that is said to be none": (
        table(SEQUENCES, TWO, header=["column1", "column2"]),
        {"header": "no", "sequence": "column1", "target": "column2"},
        "--header yes",
    ),
    "a record without its last cell": (
        table(range(NUMBER), SEQUENCES, TWO, TWO, header=["n", *HEADER, "note"]) + f"60,{SEQUENCES[0]},enzyme\n",
        {},
        "fill in what is missing",
    ),
    "a class of one record": (
        table(SEQUENCES, ["rare", *TWO[1:]], header=HEADER),
        {},
        "leave it out with --smallest-class RECORDS",
    ),
    "a split of one class": (
        table(SEQUENCES, TWO, ["train" if name == "enzyme" else "test" for name in TWO], header=[*HEADER, "split"]),
        {},
        "check --target and --split",
    ),
    "FASTA with a class of one record": (
        fasta([f"p{row} class={name}" for row, name in enumerate(["rare", *TWO[1:]])], SEQUENCES),
        {},
        "--smallest-class",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_refusals_name_options_and_no_keys(tmp_path, name):
    text, wishes, expected = FILES[name]
    with pytest.raises(InputError) as caught:
        inspect(write(tmp_path / "mine.txt", text), Wishes(**wishes))
    message = str(caught.value)
    assert expected in message and not KEY.search(message.replace(str(tmp_path), "")), message


def test_every_text_that_is_replaced_is_one_that_the_readers_have():
    code = "".join(
        path.read_text()
        for path in sorted(Path(advice.__file__).parents[1].rglob("*.py"))
        if path != Path(advice.__file__)
    )
    code = re.sub(r"['\"]\s*\n\s*f?['\"]", "", code)  # texts over several lines
    for keys in advice.OPTIONS:
        assert re.search(keys, code), keys
