"""The table of verdicts: for each task, whether pre-training helps in the end, and whether it helps while learning."""

import numpy as np
import pandas as pd

from beyondtext.report.arms import MATCHED, REFERENCE, compared_init, main_runs, matching, on_all_data, primary, rows_of
from beyondtext.report.intervals import holm
from beyondtext.report.sections import candidates, convergence, effects, scores
from beyondtext.report.verdicts import bound, verdict
from beyondtext.study.grid import BASELINE, FROZEN

TEST_SCORE, LEARNING_CURVE = "test_score", "learning_curve"  # the endpoints: values of `report.endpoint`
PREFIX = {TEST_SCORE: "", LEARNING_CURVE: "area_"}  # of an endpoint's columns
NUMBERS = ["effect", "ci_low", "ci_high", "p", "p_holm", "seeds_needed", "verdict", "bound"]
COLUMNS = ["domain", *MATCHED, "init", "metric", "n", *NUMBERS, *(f"area_{name}" for name in NUMBERS), "steps_ratio"]
COLUMNS += ["steps_ratio_ci_low", "steps_ratio_ci_high", "level", "runs", "reached", "scratch_runs", "scratch_reached"]
COLUMNS += ["area_groups", "group_effect", "group_ci_low", "group_ci_high"]
LEARNING = ["passes", "learned", "at_last_step", "scratch_at_last_step", "score", "scratch"]
COLUMNS += [*LEARNING, "frozen", "frozen_scratch", "kmer", "trivial"]


def verdicts(results):
    """The main experiment's primary comparison on each task; see `decide`."""
    made_by = {
        "effects": effects.effects,
        "effects_groups": effects.effects_by_group,
        "convergence": convergence.convergence,
        "summary": scores.summary,
        "learning": candidates.learning,
    }
    return decide({name: results.table(make) for name, make in made_by.items()}, results.config)


def decide(tables, config):
    """One row for each task, model, mapping and rule for the learning rate of the main experiment, on all of the data.

    The comparison is that of the first initialization that the study names with random initialization, by the test
    score and by the area under the validation curve (``area_…``). p-values are adjusted for the number of those that
    are `primary`, and otherwise of those that are not (``p_holm``). ``runs`` are those of the initialization, of which
    ``reached`` reached the ``level`` of `beyondtext.report.sections.convergence`, and ``scratch_…`` those of random
    initialization. ``group_…`` is the effect on the score by whole group. For `LEARNING` see
    `beyondtext.report.sections.candidates.learning`.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        ``effects``, ``effects_groups``, ``convergence``, ``summary`` and ``learning``.
    config : dict
    """
    main, settings = main_runs(config), config["report"]
    mine = on_all_data(rows_of(tables["effects"], main)).drop_duplicates(MATCHED)
    rows, keys = [], [*MATCHED, "init"]
    for row in mine.to_dict("records"):
        row |= {"init": compared_init(row["comparison"]), "effect": row["mean"]}
        speed = _row(tables["convergence"], row, keys)
        row |= {f"area_{name}": speed[f"area_{name}"] for name in ("ci_low", "ci_high", "p", "seeds_needed")}
        row |= {"area_effect": speed["area_difference"], "steps_ratio": speed["ratio"]}
        row |= {"area_groups": speed["area_groups"]}
        row |= {f"steps_ratio_{name}": speed[f"ratio_{name}"] for name in ("ci_low", "ci_high")}
        row |= {"level": speed["level"], "runs": speed["n"], "reached": speed["n_reached"]}
        of_scratch = _row(tables["convergence"], {**row, "init": REFERENCE}, keys)
        row |= {"scratch_runs": of_scratch["n"], "scratch_reached": of_scratch["n_reached"]}
        of_groups = _row(tables["effects_groups"], row, [*MATCHED, "comparison"])
        row |= {f"group_{name}": of_groups.get(name, np.nan) for name in ("ci_low", "ci_high")}
        row |= {"group_effect": of_groups.get("mean", np.nan)}
        of_training = _row(tables["learning"], row, keys)
        row |= {name: of_training[name] for name in LEARNING}
        rows.append({**row, **_levels(tables["summary"], row)})
    table = pd.DataFrame(rows, columns=COLUMNS)
    is_primary = table.index.isin(primary(table).index)
    for prefix in PREFIX.values():
        table[f"{prefix}p_holm"] = table.groupby(is_primary)[f"{prefix}p"].transform(lambda p: holm(p.to_numpy()))
        ends = [table[f"{prefix}{name}"].astype(float) for name in ("ci_low", "ci_high", "p_holm")]
        table[f"{prefix}verdict"] = [
            verdict(*numbers, settings["confidence"], settings["margin"]) for numbers in zip(*ends, strict=True)
        ]
        table[f"{prefix}bound"] = [bound(low, high) for low, high in zip(*ends[:2], strict=True)]
    return table


def _levels(summary, row):
    """The mean test scores of frozen features and of the baselines; NaN for what the study lacks."""
    same = {key: row[key] for key in MATCHED}
    arms = {
        "frozen": {**same, "init": row["init"], "rate": FROZEN},
        "frozen_scratch": {**same, "init": REFERENCE, "rate": FROZEN},
        "kmer": {"task": row["task"], "fraction": row["fraction"], "model": "kmer", "init": BASELINE},
        "trivial": {"task": row["task"], "fraction": row["fraction"], "model": "trivial", "init": BASELINE},
    }
    return {name: _row(summary, keys, list(keys)).get("mean", np.nan) for name, keys in arms.items()}


def _row(table, values, keys):
    """The one row of a table with these values, as a dict; an empty one if there is none."""
    found = matching(table, values, keys)
    return found.iloc[0].to_dict() if len(found) else {}
