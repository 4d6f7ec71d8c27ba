"""The Microsoft Research Paraphrase Corpus as GLUE takes it: one file, and the ids of its development split.

Quotes in its sentences open and do not close, so they are read as any other character.
"""

from beyondtext.core.errors import InputError
from beyondtext.data.raw import only_file
from beyondtext.data.readers import delimited

LABEL, FIRST_ID, SECOND_ID, FIRST, SECOND = "Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"


def read(files, options, cache):
    """Read the corpus; see `beyondtext.data.readers` for what is returned.

    Options: ``train``, the file with the pairs; ``development_ids``, the file with a line of two sentence ids for
    each pair of the split ``dev``. All others are of the split ``train``.
    """
    columns = {"sequence": FIRST, "second": SECOND, "target": LABEL}
    tabs = {"delimiter": "\t", "quotes": False}
    path = only_file(files, options["train"])
    table, _ = delimited.read_file(path, {**tabs, "columns": {**columns, "group": FIRST_ID, "split": SECOND_ID}})
    table["pair"] = table.pop("group") + " " + table.pop("split")
    listed = only_file(files, options["development_ids"])
    try:
        wanted = {" ".join(line.split()) for line in listed.read_text(encoding="utf-8").splitlines() if line.strip()}
    except UnicodeDecodeError as error:
        raise InputError(f"{listed} is not UTF-8 text: {error}; replace it") from None
    development = table.pop("pair").isin(wanted)
    if development.sum() != len(wanted):
        raise InputError(
            f"{listed} names {len(wanted)} pairs, but {path} has {development.sum()} of them; the two files do not "
            "belong together"
        )
    table["split"] = development.map({True: "dev", False: "train"})
    return table, {}
