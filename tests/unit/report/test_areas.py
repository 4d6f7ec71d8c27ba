"""Areas under validation curves on resampled validation sequences, and the intervals that they lead to."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score

import small_study as study
from beyondtext.core.errors import InputError
from beyondtext.report.areas import DRAWS, area, resampled_areas
from beyondtext.report.intervals import t_interval
from beyondtext.report.sections import convergence
from beyondtext.training.run_files import CURVE, VALIDATION, read_curve, validation_table

STEPS = [0, 10, 30]
ARM = ("splice", "minilm-l6", "{}", "permutation", 1, "fixed")
TARGET = np.array(list("abab" * 6))
GROUPS = np.arange(24) // 2


def write_run(folder, right):
    """Write a run's curve and its validation predictions; ``right`` has shape (steps, examples)."""
    folder.mkdir(parents=True)
    wrong = np.where(TARGET == "a", "b", "a")
    predictions = np.where(right, TARGET, wrong)
    scores = [accuracy_score(TARGET, one) for one in predictions]
    curve = pd.DataFrame({"step": STEPS, "examples": STEPS, "train_loss": 1.0, "validation": scores})
    curve.assign(validation_loss=1.0).to_csv(folder / CURVE, index=False)
    examples = pd.DataFrame({"id": range(24), "group": GROUPS, "target": TARGET, "split": "validation"})
    rows = [{"step": step, "predictions": one.tolist()} for step, one in zip(STEPS, predictions, strict=True)]
    validation_table(examples, rows).to_parquet(folder / VALIDATION, index=False)


@pytest.fixture
def results(tmp_path):
    """Three seeds of two arms on 24 sequences in twelve groups; the first arm is right where the other is wrong."""
    generator, runs = np.random.default_rng(0), []
    for init, places in (("pretrained", slice(0, 15)), ("scratch", slice(12, 24))):
        for seed in (100, 101, 102):
            right = np.zeros((3, 24), dtype=bool)
            right[1:, places] = True
            right[2, generator.integers(24)] ^= True
            write_run(tmp_path / init / str(seed), right)
            names = ("task", "model", "init", "mapping", "fraction", "rate")
            arm = dict(zip(names, (one.format(init) if isinstance(one, str) else one for one in ARM), strict=True))
            directory = tmp_path / init / str(seed)
            runs.append({**arm, "seed": seed, "domain": "dna", "metric": "accuracy", "directory": directory})
    return SimpleNamespace(runs=pd.DataFrame(runs), config=study.config())


def key(init, seed):
    return (*(one.format(init) if isinstance(one, str) else one for one in ARM), seed)


def summary(results, resampled):
    rows = convergence._rows_of_matched_arms(results.runs, 0.4)
    table = pd.DataFrame(rows, columns=convergence.RUN_COLUMNS)
    made = convergence.summarize(table, results.config["report"], resampled)
    return made.set_index("init").loc["pretrained"]


def test_each_draw_is_the_area_of_one_resample(results):
    found = resampled_areas(results)
    assert set(found) == {key(init, seed) for init in ("pretrained", "scratch") for seed in (100, 101, 102)}
    for run in results.runs.to_dict("records"):
        one = found[key(run["init"], run["seed"])]
        assert one.groups == 12 and one.draws.shape == (DRAWS,)
        assert one.draws.mean() == pytest.approx(area(read_curve(run["directory"]), "validation"), abs=0.02)
    # All runs have the same resamples: where one arm is right, the other is wrong, or nearly so.
    mine, theirs = (found[key(init, 100)].draws for init in ("pretrained", "scratch"))
    assert np.corrcoef(mine, theirs)[0, 1] < -0.8


def test_a_group_is_drawn_as_a_whole(results, tmp_path):
    right = np.zeros((3, 24), dtype=bool)
    right[:, GROUPS % 2 == 0] = True
    write_run(tmp_path / "again", right)
    results.runs = results.runs.head(1).assign(directory=tmp_path / "again")
    [one] = resampled_areas(results).values()
    assert set(np.round(one.draws * 12, 9)) <= set(range(13))


def test_what_all_seeds_share_is_not_certain_for_other_sequences(results):
    areas = resampled_areas(results)
    over_both = summary(results, areas)
    differences = [areas[key("pretrained", seed)].draws - areas[key("scratch", seed)].draws for seed in (100, 101, 102)]
    assert (
        over_both["area_difference"] == pytest.approx(np.mean(differences), abs=0.02) and over_both["area_groups"] == 12
    )
    by_seed = [area(read_curve(run["directory"]), "validation") for run in results.runs.to_dict("records")]
    alone = t_interval(np.subtract(by_seed[:3], by_seed[3:]), 0.95)
    assert alone.mean == pytest.approx(over_both["area_difference"])
    assert alone.low > 0 and alone.p < 0.05  # the seeds hardly differ
    assert over_both["area_ci_low"] < 0 < over_both["area_ci_high"] and over_both["area_p"] > 0.05
    assert over_both["area_seeds_needed"] == np.inf


def test_a_run_without_its_validation_predictions_is_refused(results):
    path = results.runs["directory"].iloc[4] / VALIDATION
    path.unlink()
    with pytest.raises(InputError, match=rf"{path} .*delete the run's folder"):
        resampled_areas(results)


def test_predictions_of_another_validation_split_are_refused(results):
    path = results.runs["directory"].iloc[5] / VALIDATION
    pd.read_parquet(path).assign(id=range(1, 25)).to_parquet(path)
    with pytest.raises(InputError, match=r"scratch/102 and .*pretrained/100 do not belong to the same validation"):
        resampled_areas(results)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.assign(**{"10": table["target"]}),
        lambda table: table.drop(columns="10"),
        lambda table: table.rename(columns={"10": "20"}),
    ],
)
def test_predictions_that_are_not_those_of_the_curve_are_refused(results, change):
    path = results.runs["directory"].iloc[0] / VALIDATION
    change(pd.read_parquet(path)).to_parquet(path)
    with pytest.raises(InputError, match="pretrained/100 do not have the scores of its curve; delete the run's folder"):
        resampled_areas(results)
