"""The validation scores from which arms chose their learning rates."""

from pathlib import Path

import pytest

import make_tables
import small_study as study
from beyondtext.core.errors import InputError
from beyondtext.report.load import Results, Tables
from beyondtext.report.sections import learning_rates
from beyondtext.study.grid import trained_runs

RATES = [3e-5, 1e-4, 3e-4]


@pytest.fixture
def choosing(tmp_path):
    """The results of a study on gb1 whose arms choose a learning rate."""
    config = study.config(tasks=["gb1"], arms=[{"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}])
    config["training_per_task"]["gb1"]["learning_rate"] = RATES
    study.write_choices(tmp_path, config)
    return Results(config, tmp_path)


def test_the_scores_of_each_rate_by_hand(choosing):
    table = learning_rates.rates(choosing)
    assert len(table) == 2 * len(RATES) * 3  # inits, rates, steps
    last = table[(table["step"] == 20) & (table["init"] == "scratch")].set_index("learning_rate")
    assert last["mean"].to_dict() == pytest.approx({3e-5: 0.25, 1e-4: 0.35, 3e-4: 0.45})
    assert last["highest"].to_dict() == pytest.approx({3e-5: 0.3, 1e-4: 0.4, 3e-4: 0.5})
    assert last["chosen"].to_dict() == {3e-5: False, 1e-4: False, 3e-4: True}
    wide = learning_rates.by_step(table)
    assert wide.loc[(1, "scratch", 1e-4), 10] == pytest.approx(0.175)
    assert wide.loc[(1, "scratch", 3e-4), "chosen"] == "*"


def test_files_of_choices_are_where_the_user_says_and_not_below_the_root(choosing, tmp_path, monkeypatch):
    first, second = dict.fromkeys(run.choice for run in trained_runs(choosing.config))
    monkeypatch.chdir((choosing.root / first).parent)
    arguments = ["rates", "--choices", Path(first).name, str(choosing.root / second), "--root", str(tmp_path / "root")]
    make_tables.main([*arguments, "--output", str(tmp_path / "tables")])
    assert len(Tables(tmp_path / "tables")["rates"]) == len(learning_rates.rates(choosing))


def test_a_study_that_chooses_nothing_has_an_empty_table(results):
    table = learning_rates.rates(results)
    assert list(table.columns) == learning_rates.COLUMNS and table.empty
    assert learning_rates.content({"rates": table}, results.config) is None


def test_the_chosen_rate_is_marked(choosing):
    content = learning_rates.content({"rates": learning_rates.rates(choosing)}, choosing.config)
    trials = {row["init"]: row["trials"] for row in content["rows"]}
    chosen = {init: [trial["rate"] for trial in found if trial["chosen"]] for init, found in trials.items()}
    assert chosen == {"pre-trained": ["3e-05"], "random initialization": ["0.0003"]}
    assert [trial["score"] for trial in trials["random initialization"]] == ["0.250", "0.350", "0.450"]
    assert content["seeds"] == "1000 and 1001"


def test_a_file_without_trials_is_named(choosing):
    choice = choosing.root / trained_runs(choosing.config)[0].choice
    choice.write_text("{}")
    with pytest.raises(InputError, match=r"fraction1\.json lacks .*trials; delete it"):
        learning_rates.rates(choosing)
