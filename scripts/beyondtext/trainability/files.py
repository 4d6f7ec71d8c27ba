"""The file with the measurements of one model before its first step.

``results/trainability/…/seed<k>.csv`` has a row for each quantity: ``task model init mapping seed``; ``analysis``
(gradient_cosine, perturbation, layer_norm_input or log10_singular_value); ``place`` (the layer normalization, numbered
in execution order); ``noise`` (its standard deviation, for perturbation); and ``n mean sd lowest median highest`` over
pairs of batches, sequences, tokens or singular values. It begins with two comments: a checksum, and the job's settings.
"""

import pandas as pd

from beyondtext.core.errors import InputError
from beyondtext.core.tables import read_sealed_table, write_sealed_table

IDENTITY = ("task", "model", "init", "mapping", "seed")
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
    write_sealed_table(path, table, settings, float_format="%.9g")
    return table


def read_measurements(path, identity=None):
    """The measurements of one model, and the settings that they were made with.

    Parameters
    ----------
    path : path
    identity : dict, optional
        The columns of `IDENTITY` that are expected.

    Returns
    -------
    table : pandas.DataFrame
    settings : dict

    Raises
    ------
    InputError
        If the file is missing or was changed, has other columns, or is that of another model.
    """
    remedy = "delete it, if it exists, and run `snakemake --cores 2 trainability` again"
    dtype = dict.fromkeys(("task", "model", "init", "mapping", "place"), str)
    options = {"dtype": dtype, "keep_default_na": False, "na_values": {"noise": [""]}}
    table, settings = read_sealed_table(path, COLUMNS, remedy, **options)
    for row in table[list(IDENTITY)].drop_duplicates().to_dict("records") if identity else ():
        if row != identity:
            raise InputError(f"{path} has measurements of {row}, not of {identity}; {remedy}")
    return table, settings
