"""The Microsoft Research Paraphrase Corpus in GLUE's version: one file, and the ids of its development split.

Some quotation marks in its sentences are never closed, so they are read like any other character.
"""

from beyondtext.core.errors import InputError
from beyondtext.data.raw import require_file
from beyondtext.data.readers import delimited
from beyondtext.data.text import read_text

LABEL, FIRST_ID, SECOND_ID, FIRST, SECOND = "Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"


def read(files, options, cache, tally):
    """Read the corpus.

    Options: ``train``, the file with the pairs; ``development_ids``, the file with a line of two sentence ids for each
    pair of the split ``dev``. All other pairs belong to the split ``train``.

    The id is the number of the record. See `beyondtext.data.readers` for the parameters and what is returned.
    """
    path = require_file(files, options["train"])
    # Its two sentence ids are read as group and split, columns that the corpus itself lacks.
    columns = {"sequence": FIRST, "second": SECOND, "target": LABEL, "group": FIRST_ID, "split": SECOND_ID}
    table = delimited.read_file(path, {"delimiter": "\t", "quotes": False, "columns": columns}, tally)
    pairs = table.pop("group") + " " + table.pop("split")
    ids_path = require_file(files, options["development_ids"])
    lines = read_text(ids_path, tally).split("\n")
    development_pairs = {" ".join(line.split()) for line in lines if line.strip()}
    is_development = pairs.isin(development_pairs)
    if is_development.sum() != len(development_pairs):
        raise InputError(
            f"{ids_path} lists {len(development_pairs)} pairs, but {path} has {is_development.sum()} of them; replace "
            "them by two files that belong together"
        )
    table["split"] = is_development.map({True: "dev", False: "train"})
    return table
