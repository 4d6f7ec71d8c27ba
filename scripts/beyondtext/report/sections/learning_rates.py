"""Learning rates: the validation scores from which each arm chose its own."""

import numpy as np
import pandas as pd

from beyondtext.report import text
from beyondtext.report.arms import ARM
from beyondtext.report.section import Section, Table
from beyondtext.study import definitions

CHOOSING = ARM[:-1]  # an arm that chooses, whatever the rule
COLUMNS = ["domain", *CHOOSING, "metric", "learning_rate", "chosen", "n", "best", "step", "mean", "lowest", "highest"]


def rates(results):
    """The validation scores of the trials from which each arm chose a learning rate, by learning rate and step.

    Parameters
    ----------
    results : beyondtext.report.load.Results

    Returns
    -------
    pandas.DataFrame
        ``chosen`` is whether the arm took that rate, and ``best`` the mean over seeds of the best step's score, on
        which the choice is based; ``mean``, ``lowest`` and ``highest`` are those of the seeds at ``step``.
    """
    rows = []
    for choice in results.choices:
        for learning_rate, part in pd.DataFrame(choice["trials"]).groupby("learning_rate"):
            curves = np.array(part["curve"].tolist())  # trials x steps x (step, score)
            for place, step in enumerate(curves[0, :, 0]):
                at_step = curves[:, place, 1]
                rows.append(
                    {
                        "domain": definitions.task(choice["task"])["domain"],
                        **{key: choice[key] for key in CHOOSING},
                        "metric": part["metric"].iloc[0],
                        "learning_rate": learning_rate,
                        "chosen": learning_rate == choice["chosen"],
                        "n": len(part),
                        "best": part["validation"].mean(),
                        "step": int(step),
                        "mean": at_step.mean(),
                        "lowest": at_step.min(),
                        "highest": at_step.max(),
                    }
                )
    return pd.DataFrame(rows, columns=COLUMNS)


def by_step(table):
    """`rates` of one task with a column for each step."""
    keys = [key for key in ("model", "mapping") if table[key].nunique() > 1]
    keys += ["fraction", "init", "learning_rate"]
    wide = table.pivot_table(index=keys, columns="step", values="mean", sort=False)
    rest = table.groupby(keys, sort=False)[["best", "chosen"]].first()
    return wide.assign(best=rest["best"], chosen=rest["chosen"].map({True: "*", False: ""}))


def for_terminal(table):
    """`by_step` of every task, as text."""
    parts = [
        f"{task}: mean validation {part['metric'].iloc[0]} by step, and of the best step\n"
        f"{by_step(part).to_string(float_format='{:z.3f}'.format)}\n\n"
        for task, part in table.groupby("task", sort=False)
    ]
    return "".join(parts)


def rows(table):
    """A row for each arm, with the score at each learning rate."""
    return [
        {
            "task": text.task_title(part["task"].iloc[0]),
            "init": text.init_title(part["init"].iloc[0]),
            "qualifiers": ", ".join(text.qualifiers(part.iloc[0], table, ["model", "mapping", "fraction"])),
            "metric": text.metric_title(part["metric"].iloc[0]),
            "trials": [
                {"rate": f"{row.learning_rate:g}", "score": text.score(row.best), "chosen": row.chosen}
                for row in part.drop_duplicates("learning_rate").itertuples()
            ],
        }
        for _, part in table.groupby(CHOOSING, sort=False)
    ]


def content(tables, config):
    """The arms that chose a learning rate."""
    table = tables["rates"]
    if table.empty:
        return None
    return {"rows": rows(table), "seeds": text.listed(str(seed) for seed in config["selection_seeds"])}


SECTION = Section("learning_rates", "Learning rates", content, (Table("rates", rates),))
