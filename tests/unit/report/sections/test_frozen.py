"""Frozen features: their own section, and the sections that they must not change."""

import shutil

import pandas as pd
import pytest

import small_study as study
from beyondtext.core.errors import InputError
from beyondtext.core.metrics import METRICS
from beyondtext.report import page
from beyondtext.report.load import Results
from beyondtext.report.sections import convergence, curves, effects, frozen, provenance, scores
from beyondtext.study import grid
from beyondtext.study.selection import selected
from beyondtext.training.run_files import read_predictions, read_run, write_run


@pytest.fixture(scope="module")
def with_frozen(tmp_path_factory):
    """The small study with frozen features of two seeds: its configuration, tables and figures."""
    folder = tmp_path_factory.mktemp("frozen")
    whole = study.with_frozen(["pretrained", "scratch"], 2)
    study.write_study(folder, selected(whole))
    tables = study.write_tables(folder, whole, folder / "tables")
    study.write_stand_ins(whole, tables, folder / "figures")
    return selected(whole), tables, folder / "figures"


def test_frozen_features_are_arms_with_effects_and_runs(with_frozen):
    _, tables, _ = with_frozen
    arm = study.row_of(tables["summary"], task="splice", init="scratch", rate="frozen")
    assert (arm["n"], arm["mean"]) == (2, 7 / 8)
    effect = study.row_of(tables["effects"], task="splice", rate="frozen")
    assert (effect["comparison"], effect["n"], effect["mean"]) == ("pretrained - scratch", 2, 1 / 8)
    runs = tables["runs"][tables["runs"]["rate"] == "frozen"]
    assert len(runs) == 2 * 2 * 2 and runs[["best_step", "steps", "parameters"]].isna().all().all()


def test_the_section_compares_them_with_each_other_with_fine_tuning_and_with_baselines(with_frozen):
    config, tables, _ = with_frozen
    content = frozen.content(tables, config)
    assert [(row["task"], row["init"], row["mean"]) for row in content["rows"]] == [
        ("Splice junctions", "pre-trained", "+0.125"),
        ("GB1 binding", "pre-trained", "+0.024"),
    ]
    splice = [row for row in content["scores"]["rows"] if row["task"] == "Splice junctions"]
    means = {row["qualifiers"]: [cell["mean"] for cell in row["cells"]] for row in splice}
    assert content["scores"]["columns"][:2] == ["pre-trained", "random initialization"]
    assert means == {
        "fine-tuned": ["0.833", "0.625", "0.625", "0.500", "0.875"],
        "frozen features": ["1.000", "0.875", "–", "0.500", "0.875"],
    }
    assert content["sentences"][-1] == (
        "A linear model on frozen features scores at least as high as the best fine-tuned network on Splice junctions "
        "and GB1 binding (the difference is not tested)."
    )


def test_a_gain_over_frozen_features_is_no_statement(with_frozen):
    _, tables, _ = with_frozen
    summary = tables["summary"]
    worse = summary["mean"].where(summary["rate"] != "frozen", 0.1)
    assert frozen.gain_sentences(summary.assign(mean=worse)) == []


def test_other_sections_are_about_fine_tuning_as_before(with_frozen, three):
    config, tables, _ = with_frozen
    for name in ("convergence", "convergence_runs", "curves"):
        pd.testing.assert_frame_equal(tables[name], three.tables[name])
    for section in (scores, convergence, curves):
        assert section.content(tables, config) == section.content(three.tables, three.config)
    named, others = (
        dict(provenance.content(*both)["computation"]) for both in ((tables, config), (three.tables, three.config))
    )
    assert named.pop("runs on frozen features").startswith("8 runs, ") and named == others
    own = {"frozen_group_rows": [], "frozen_group_sentences": []}  # of frozen features, for which it has a table
    assert effects.content(tables, config) | own == effects.content(three.tables, three.config)


def test_the_page_has_the_section(with_frozen, three):
    html = page.render(*with_frozen)
    assert "Frozen features</h2>" in html and "Here the encoder is not trained." in html
    assert "the learning rate is the same for every initialization" in html
    assert '<th class="n level">Frozen<small>pre-trained</small><small>random</small></th>' in html
    first = html.partition('data-csv="verdicts"')[2].partition("<nav>")[0]
    assert "features of an encoder that is not fine-tuned (2 seeds)" in first
    assert "What to do about each task" in first
    assert "Frozen features</h2>" not in page.render(three.config, three.tables, three.figures)
    assert not grid.frozen_runs(three.config)


REASON = "there are only 2 groups, and a cross-validation needs at least 3 folds"


@pytest.fixture(scope="module")
def cross_validated(tmp_path_factory):
    """The study with three seeds of frozen features, where splice is cross-validated and gb1 has too few groups."""
    folder = tmp_path_factory.mktemp("cross_validated")
    whole = study.with_frozen(["pretrained", "scratch"], 3)
    study.write_study(folder, selected(whole))
    for run in (*grid.frozen_runs(selected(whole)), *grid.baseline_runs(selected(whole))):
        record, table = read_run(folder / run.directory), read_predictions(folder / run.directory)
        folds, out_of_fold = {"number": 0, "reason": REASON}, None
        if run.task == "splice":  # eight sequences more, in four groups more
            folds = {"number": 4, "reason": ""}
            others = table.assign(id=table["id"] + "-b", group=table["group"] + "-b")
            wrong = (
                others["prediction"].replace({"EI": "N"}) if run.model == "trivial" or run.init == "scratch" else None
            )
            out_of_fold = pd.concat([table, others if wrong is None else others.assign(prediction=wrong)])
            metric = METRICS[record["metric"]]
            record["scores"]["cross_validation"] = metric(out_of_fold["target"], out_of_fold["prediction"])
        write_run(folder / run.directory, {**record, "folds": folds}, table, None, out_of_fold=out_of_fold)
    tables = study.write_tables(folder, whole, folder / "tables")
    return folder, whole, tables


def test_frozen_features_are_advised_by_the_cross_validation_and_fine_tuning_by_the_test_split(cross_validated):
    _, _, tables = cross_validated
    table = tables["candidates"].set_index(["task", "rate"])
    assert table["scored_by"].to_dict() == {
        ("splice", "fixed"): "test",
        ("splice", "frozen"): "cross_validation",
        ("gb1", "fixed"): "test",
        ("gb1", "frozen"): "test",
    }
    scores = table.loc["splice", ["score", "untrained"]]
    assert scores.loc["fixed"].tolist() == pytest.approx([20 / 24, 15 / 24], abs=1e-5)
    assert scores.loc["frozen"].tolist() == pytest.approx([1, 13 / 16], abs=1e-5)
    about = tables["advice"].set_index("task")[["rate", "groups", "largest_share", "examples"]]
    assert about.loc["splice"].tolist() == ["frozen", 8, 1 / 8, 16]  # of all sequences, not of the four test groups
    assert about.loc["gb1"].tolist() == ["fixed", 8, 1 / 8, 8]


def test_the_table_has_the_scores_of_all_sequences_and_the_differences(cross_validated):
    _, _, tables = cross_validated
    table = tables["cross_validation"]
    assert set(zip(table["model"], table["init"], strict=True)) == {
        *(("minilm-l6", init) for init in ("pretrained", "scratch")),
        *((name, "baseline") for name in ("trivial", "kmer")),
    }
    pretrained = study.row_of(table, task="splice", init="pretrained")
    scratch = study.row_of(table, task="splice", init="scratch")
    assert (pretrained["mean"], scratch["mean"]) == (1, 13 / 16)
    assert pretrained[["groups", "folds", "n"]].tolist() == [8, 4, 3]
    assert pretrained["difference"] == 3 / 16
    assert pretrained["difference_low"] < 3 / 16 < pretrained["difference_high"]
    assert study.blank(scratch[["difference", "difference_low", "difference_high", "p"]])
    kmer = study.row_of(table, task="splice", model="kmer")
    assert kmer["mean"] == pytest.approx(14 / 16) and kmer["ci_low"] < kmer["mean"]


def test_missing_out_of_fold_predictions_are_named_with_what_to_do(cross_validated, tmp_path):
    folder, whole, _ = cross_validated
    copied = shutil.copytree(folder / "results" / "runs", tmp_path / "results" / "runs")
    shutil.copytree(folder / "data", tmp_path / "data")
    min(copied.rglob("cross_validation.parquet")).unlink()
    with pytest.raises(
        InputError, match=r"cross_validation\.parquet is missing; delete the run's folder and run `snake"
    ):
        frozen.cross_validation(Results(selected(whole), tmp_path))


def test_the_intervals_are_those_of_whole_groups(cross_validated):
    folder, whole, tables = cross_validated
    results = Results(selected(whole), folder)
    scored = results.out_of_fold_scores
    assert set(scored["groups"]) == {8} and set(scored["task"]) == {"splice"}
    (expected,) = effects.compare_with_reference(scored, whole).to_dict("records")
    found = study.row_of(tables["cross_validation"], task="splice", init="pretrained")
    assert found["difference_low"] == pytest.approx(expected["ci_low"], abs=1e-5)
    assert found["p"] == pytest.approx(expected["p"], rel=1e-4)


def test_a_task_without_folds_has_the_reason_and_no_scores(cross_validated):
    _, _, tables = cross_validated
    gb1 = study.row_of(tables["cross_validation"], task="gb1", init="pretrained")
    assert (gb1["folds"], gb1["reason"]) == (0, REASON) and study.blank(gb1[["groups", "n", "mean", "difference"]])


def test_the_section_explains_the_cross_validation_and_shows_it(cross_validated):
    folder, whole, tables = cross_validated
    shown = frozen.content(tables, selected(whole))["cross_validation"]
    assert shown["sentences"] == [
        "The test split has fewer than 50 groups on Splice junctions, so baselines and frozen features are also scored "
        "by 4-fold cross-validation over all sequences: each is predicted by a model that was fitted without its fold, "
        "and no group is in two folds.",
        f"The cross-validation on GB1 binding is left out: {REASON}.",
    ]
    assert [cell["mean"] for cell in shown["scores"]["rows"][0]["cells"][:2]] == ["1.000", "0.812"]
    assert [(row["task"], row["mean"], row["n"]) for row in shown["rows"]] == [("Splice junctions", "+0.188", 3)]
    study.write_stand_ins(selected(whole), tables, folder / "figures")
    html = page.render(selected(whole), tables, folder / "figures")
    assert html.count('data-csv="cross_validation"') == 2 and 'href="tables/cross_validation.csv"' in html
    assert "4-fold cross-validation" in html


def test_fewer_folds_than_usual_are_explained(cross_validated):
    _, _, tables = cross_validated
    table = tables["cross_validation"].query("task == 'splice'").assign(reason="the class 'N' is in only 4 groups")
    assert frozen.cross_validation_sentences(table, 50)[-1] == (
        "The cross-validation on Splice junctions has only 4 folds: the class 'N' is in only 4 groups."
    )


def test_without_a_cross_validation_there_is_a_table_without_rows_and_nothing_on_the_page(with_frozen):
    config, tables, figures = with_frozen
    assert tables["cross_validation"].empty and "p" in tables["cross_validation"]
    shown = frozen.content(tables, config)["cross_validation"]
    assert not shown["sentences"] and not shown["rows"] and not shown["scores"]["rows"]
    assert "cross-validation" not in page.render(config, tables, figures).lower()


def test_baselines_alone_have_scores_and_no_differences(cross_validated):
    folder, whole, _ = cross_validated
    results = Results(selected({**whole, "experiments": ["main"]}), folder)
    table = frozen.cross_validation(results)
    assert set(table["init"]) == {"baseline"} and table["difference"].isna().all()
    assert study.row_of(table, task="splice", model="kmer")["mean"] == pytest.approx(14 / 16)
