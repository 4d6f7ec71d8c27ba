"""The list of runs that are still to be made."""

from pathlib import Path

import pytest

from beyondtext.core.errors import InputError
from beyondtext.training.pending import read_pending, write_pending
from beyondtext.training.run import RunJob


def entry(output, task="splice", model="minilm-l6", choice=None, rate=1e-4, **other):
    settings = {"task": task, "model": model, "training": {"steps": 3, "learning_rate": rate}}
    return {
        "settings": settings,
        "choice": choice,
        "output": output,
        "score_test": True,
        "keep_weights": False,
        **other,
    }


def test_a_process_may_take_runs_that_read_the_same_files(tmp_path):
    path = tmp_path / "pending.json"
    same = [entry("a"), entry("b", keep_weights=True), entry("c", score_test=False)]
    different = [entry("d", task="amp"), entry("e", model="esm2-8m"), entry("f", choice="selection.json")]
    write_pending(path, [*same, *different])
    job = RunJob(same[0]["settings"], Path("examples"), Path("raw"), Path("a"))
    assert read_pending(path, job, None) == [
        RunJob(same[1]["settings"], Path("examples"), Path("raw"), Path("b"), keep_weights=True),
        RunJob(same[2]["settings"], Path("examples"), Path("raw"), Path("c"), score_test=False),
    ]


def test_a_chosen_learning_rate_is_that_of_the_job(tmp_path):
    path, rates = tmp_path / "pending.json", [1e-4, 3e-4]
    write_pending(path, [entry(output, choice="selection.json", rate=rates) for output in "ab"])
    settings = entry("a", rate=3e-4)["settings"]
    (other,) = read_pending(path, RunJob(settings, Path("e"), Path("r"), Path("a")), Path("selection.json"))
    assert other.settings == settings


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_text("["),
        lambda path: path.write_text("[]"),
        lambda path: path.write_text(path.read_text().replace('"steps": 3', '"steps": 4')),
        lambda path: path.write_text(path.read_text().replace('"steps": 3', '"step": 3')),
        lambda path: path.unlink(),
    ],
)
def test_a_list_that_was_changed_or_is_missing_is_refused(tmp_path, damage):
    path = tmp_path / "pending.json"
    write_pending(path, [entry("a"), entry("b")])
    damage(path)
    with pytest.raises(
        InputError, match=rf"^{path} .*; omit --pending, or run `snakemake --cores 2`, which writes the list again$"
    ):
        read_pending(path, RunJob({}, Path("e"), Path("r"), Path("a")), None)
