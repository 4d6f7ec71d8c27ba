"""Similarities that the paper's authors printed next to ours."""

import pandas as pd

from beyondtext.core.tables import read_table
from beyondtext.report.encoders import encoder
from beyondtext.study.measured_models import FINETUNED, INITIAL, domain_models

COLUMNS = ["table", "task", "pair", "measure", "value", "where"]  # of config/published_similarity.csv
PAIRS = {
    "text-domain": "text model with the domain's model",
    "text-random": "text model with random initialization",
    "domain-random": "the domain's model with random initialization",
    "random-random": "two random initializations",
}


def compare(table, path):
    """Our similarities of last layers and those in a file of printed ones.

    Parameters
    ----------
    table : pandas.DataFrame
        As `beyondtext.similarity.compare` writes it, of all tasks.
    path : path
        A CSV with the columns ``table task pair measure value where``; ``pair`` is one of `PAIRS`.

    Returns
    -------
    pandas.DataFrame
        A row for each line of the file and each stage that the study has such pairs for: ``ours_low``, ``ours_high``
        and ``n_ours`` are the lowest and the highest of our values, over models, seeds and directions, and how many
        there are. ``stage`` is that of the encoders that are not of the task's own domain.
    """
    printed = read_table(path, COLUMNS, "correct its header line")
    rows = []
    for task, lines in printed.groupby("task", sort=False):
        ours = _by_pair(table[(table["task"] == task) & table["last"] & (table["variant"] == "raw")])
        for line in lines.to_dict("records"):
            for stage in (INITIAL, FINETUNED):
                values = ours.get((line["pair"], stage, line["measure"]), [])
                if values:
                    numbers = {"ours_low": min(values), "ours_high": max(values), "n_ours": len(values)}
                    rows.append({**line, "stage": stage, **numbers})
    return pd.DataFrame(rows, columns=[*COLUMNS, "stage", "ours_low", "ours_high", "n_ours"])


def _by_pair(last):
    """The values of a task's last layers, as a dict of lists by ``(pair, stage, measure)``."""
    values = {}
    for row in last.to_dict("records"):
        pair = [encoder(row, side) for side in "ab"]
        roles = [_role(one) for one in pair]
        name = next((name for name in PAIRS if name.split("-") in (roles, roles[::-1])), None)
        stages = {one.stage for one, role in zip(pair, roles, strict=True) if role != "domain"}
        if name and len(stages) == 1:
            values.setdefault((name, stages.pop(), row["measure"]), []).append(row["value"])
    return values


def _role(one):
    """What an encoder is in `PAIRS`; None for an initialization that the paper did not compare."""
    if domain_models([one]):
        return "domain" if one.init in ("pretrained", "domain") else None
    return {"pretrained": "text", "scratch": "random"}.get(one.init)
