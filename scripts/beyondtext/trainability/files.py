"""The file with the measurements of one model before its first step.

``results/trainability/…/seed<k>.csv`` has a row for each quantity: ``task model init mapping seed``; ``analysis``
(gradient_cosine, perturbation, layer_norm_input or log10_singular_value); ``place`` (the layer normalization, numbered
in execution order); ``noise`` (its standard deviation, for perturbation); and ``n mean sd lowest median highest`` over
pairs of batches, sequences, tokens or singular values.
"""

from pathlib import Path

import pandas as pd

from beyondtext.core.files import replacing
from beyondtext.core.tables import read_table

IDENTITY = ("task", "model", "init", "mapping", "seed")
COLUMNS = [*IDENTITY, "analysis", "place", "noise", "n", "mean", "sd", "lowest", "median", "highest"]


def write_measurements(path, identity, rows):
    """Write the measurements of one model.

    Parameters
    ----------
    path : path
    identity : dict
        The columns of `IDENTITY`.
    rows : list of dict
        With the other columns; those that are missing are left empty.

    Returns
    -------
    pandas.DataFrame
    """
    table = pd.DataFrame([{**identity, **row} for row in rows], columns=COLUMNS)
    with replacing(Path(path)) as part:
        table.to_csv(part, index=False, float_format="%.9g")
    return table


def read_measurements(path):
    """The measurements of one model (pandas.DataFrame); `InputError` if the file is missing or has other columns."""
    remedy = "delete it, if it exists, and run `snakemake --cores 2 trainability` again"
    return read_table(path, COLUMNS, remedy, dtype={"place": str}, keep_default_na=False, na_values={"noise": [""]})
