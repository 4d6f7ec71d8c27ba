"""The file with the measurements of one model before its first step.

``results/trainability/…/seed<k>.json`` is a record (`beyondtext.core.records`) with the job's ``settings`` and a list
of ``rows``, one object for each quantity: ``task model init mapping seed``; ``analysis`` (gradient_cosine,
perturbation, layer_norm_input or log10_singular_value); ``place`` (the layer normalization, numbered in execution
order); ``noise`` (its standard deviation, for perturbation); and ``n mean sd lowest median highest`` over pairs of
batches, sequences, tokens or singular values. What a quantity does not have is null, and so is a number that is not
finite.
"""

import numpy as np
import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.records import read_record, write_record

IDENTITY = ("task", "model", "init", "mapping", "seed")
NUMBERS = ("noise", "mean", "sd", "lowest", "median", "highest")
COLUMNS = [*IDENTITY, "analysis", "place", "noise", "n", "mean", "sd", "lowest", "median", "highest"]


def write_measurements(path, settings, rows):
    """Write the measurements of one model.

    Parameters
    ----------
    path : path
    settings : dict
        From `beyondtext.study.job_settings.trainability_settings`; its keys in `IDENTITY` are columns of the table.
    rows : list of dict
        With the other columns; those that are missing are left empty.

    Returns
    -------
    pandas.DataFrame
    """
    identity = {key: settings[key] for key in IDENTITY}
    table = pd.DataFrame([{**identity, **row} for row in rows], columns=COLUMNS)
    cells = table.replace([np.inf, -np.inf], np.nan).astype(object)
    write_record(path, {"settings": settings, "rows": cells.where(cells.notna(), None).to_dict("records")})
    return table


def read_measurements(path, identity):
    """The measurements of one model, and the settings that they were made with.

    Parameters
    ----------
    path : path
    identity : dict
        The columns of `IDENTITY` that are expected.

    Returns
    -------
    table : pandas.DataFrame
    settings : dict

    Raises
    ------
    InputError
        If the file is missing, is not the record of measurements, was changed, or is that of another model.
    """
    remedy = "delete it, if it exists, and run `snakemake --cores 2 trainability` again"
    record = read_record(path, {"settings", "rows"}, remedy)
    found = {key: record["settings"][key] for key in IDENTITY}
    if found != identity:
        raise InputError(f"{path} has measurements of {found}, not of {identity}; {remedy}")
    table = pd.DataFrame(record["rows"], columns=COLUMNS).astype(dict.fromkeys(NUMBERS, float))
    return table.fillna({"place": ""}), record["settings"]
