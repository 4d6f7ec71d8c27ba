"""Frozen features: their own section, and the sections that they must not change."""

import pandas as pd
import pytest

import small_study as study
from beyondtext.report import page
from beyondtext.report.sections import convergence, curves, effects, frozen, provenance, scores
from beyondtext.study import grid
from beyondtext.study.configuration import selected


@pytest.fixture(scope="module")
def with_frozen(tmp_path_factory):
    """The small study with frozen features of two seeds: its configuration, tables and figures."""
    folder = tmp_path_factory.mktemp("frozen")
    whole = study.with_frozen(["pretrained", "scratch"], 2)
    study.write_study(folder, selected(whole))
    tables = study.write_tables(folder, whole, folder / "tables")
    study.write_figures(whole, tables, folder / "figures")
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
        "and GB1 binding, without a test of the difference."
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
    for section in (scores, convergence, curves, provenance):
        assert section.content(tables, config) == section.content(three.tables, three.config)
    own = {"frozen_group_rows": [], "frozen_group_sentences": []}  # of frozen features, for which it has a table
    assert effects.content(tables, config) | own == effects.content(three.tables, three.config)


def test_the_page_has_the_section(with_frozen, three):
    html = page.render(*with_frozen)
    assert "Frozen features</h2>" in html and "Here the encoder is not trained." in html
    assert "the learning rate is the same for every initialization" in html
    assert '<th class="n level">Frozen<small>pre-trained</small><small>random</small></th>' in html
    first = html.partition('data-csv="verdicts"')[2].partition("<nav>")[0]
    assert "features of an encoder that is not trained (2\nseeds)" in first
    assert "if it reads n-grams (Splice junctions)" in first
    assert "frozen features of the pre-trained encoder (Splice junctions and GB1 binding)" in first
    assert "or frozen features of a random encoder (Splice junctions)." in first
    assert "Frozen features</h2>" not in page.render(three.config, three.tables, three.figures)
    assert not grid.frozen_runs(three.config)
