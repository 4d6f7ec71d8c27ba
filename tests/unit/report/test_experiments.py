"""Experiments beside the main one: which rows are theirs, and what is said of amounts of data and of pre-training."""

import base64
from types import SimpleNamespace

import pytest

import small_study as study
from beyondtext.report import experiments, figures, load, page
from beyondtext.study import grid

STEPS = ["multiberts-seed0-step0k", "multiberts-seed0-step20k", "multiberts-seed0-step2000k"]
ARMS = [
    {"models": ["minilm-l6"], "inits": ["pretrained", "scratch"]},
    {
        "experiment": "data_efficiency",
        "models": ["minilm-l6"],
        "inits": ["pretrained", "scratch"],
        "tasks": ["splice"],
        "fractions": [1, 0.5, 1 / 3],
    },
    {"experiment": "pretraining_steps", "models": STEPS, "inits": ["pretrain_ckpt"], "tasks": ["splice"]},
    {
        "experiment": "model_families",
        "models": ["minilm-l6", "esm2-8m"],
        "inits": ["pretrained", "scratch"],
        "tasks": ["splice"],
    },
]
NAMES = ["data_efficiency", "pretraining_steps", "model_families"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("study")
    config = study.config(arms=ARMS, experiments=["main", *NAMES])
    config["similarity"]["tasks"] = config["trainability"]["tasks"] = []
    study.write_study(root, config)
    with pytest.MonkeyPatch.context() as monkeypatch:
        study.write_tables(root, config, root / "tables", monkeypatch)
        study.write_rates(root, config, root / "tables")
    return SimpleNamespace(
        config=config,
        root=root,
        tables=study.read_tables(root / "tables"),
        runs=load.read_runs(root / "tables/runs.json"),
    )


def of(made, name):
    return made.tables["amounts"][made.tables["amounts"]["experiment"] == name]


def test_a_run_of_several_experiments_is_trained_once(made):
    assert len(grid.all_runs(made.config)) == len({run.directory for run in grid.all_runs(made.config)})
    assert {name: len(runs) for name, runs in grid.runs_by_experiment(made.config).items()} == {
        **{"main": 2 * 2 * 3, "data_efficiency": 2 * 3 * 3},
        **{"pretraining_steps": 3 * 3, "model_families": 2 * 2 * 3},
    }


def test_what_varies_in_an_experiment_is_found(made):
    found = {name: grid.varied_factor(runs) for name, runs in grid.runs_by_experiment(made.config).items()}
    assert found == {
        **{"main": None, "data_efficiency": "fraction"},
        **{"pretraining_steps": "pretraining_steps", "model_families": None},
    }
    assert list(grid.experiments_with_sections(made.config)) == NAMES
    shares = study.config(fractions=[1, 0.5])
    assert list(grid.experiments_with_sections(shares)) == ["main"]  # it has a section for its shares of the data
    assert experiments.title("main") == "How much data" and experiments.title("my_own") == "My own"


def test_rows_of_an_experiment_are_those_of_its_arms_and_their_baselines(made):
    runs = grid.runs_by_experiment(made.config)
    main = experiments.rows_of(made.tables["summary"], runs["main"])
    assert len(main) == 2 * 2 + 2 * 2  # starts and baselines of two tasks
    assert set(main["fraction"]) == {1} and "esm2-8m" not in set(main["model"])
    data = experiments.rows_of(made.tables["summary"], runs["data_efficiency"])
    assert len(data) == 3 * (2 + 2)
    families = experiments.rows_of(made.tables["effects"], runs["model_families"])
    assert families["model"].tolist() == ["minilm-l6", "esm2-8m"]


def test_differences_by_amount_of_data_are_to_the_random_start_on_the_same_data(made):
    table = of(made, "data_efficiency")
    assert sorted(table["sequences"].unique()) == [6, 10, 20]
    pretrained = table[(table["init"] == "pretrained") & (table["fraction"] == 0.5)].iloc[0]
    assert pretrained["difference"] == pytest.approx(5 / 24, abs=1e-6)  # 2, 1 and 2 eighths
    effect = study.row_of(made.tables["effects"], task="splice", fraction=0.5)
    assert effect["ci_low"] == pretrained["difference_ci_low"]
    assert study.blank(table.loc[table["init"].isin(["scratch", "baseline"]), "difference"])


def test_differences_by_amount_of_pretraining_are_to_the_least_of_it(made):
    table = of(made, "pretraining_steps")
    assert table["amount"].tolist() == [0, 20_000, 2_000_000]
    assert study.blank(table["difference"].iloc[:1])
    assert table["difference"].tolist()[1:] == pytest.approx([5 / 24, 5 / 24], abs=1e-6)


def test_what_is_said_of_data_and_of_pretraining(made):
    [data] = experiments.sentences(of(made, "data_efficiency"))
    assert data.startswith(
        "On Splice junctions, “pre-trained” against a random initialization: with 33.3 % (6 sequences) of the "
    )
    assert data.endswith(
        "with 100 % (20 sequences) of the training data no difference is shown (+0.208; −0.137 to +0.553)."
    )
    [steps] = experiments.sentences(of(made, "pretraining_steps"))
    words = "the score is 0.625 after 0 steps of pre-training and 0.833 after 2,000,000 (difference +0.208; "
    assert steps.startswith(f"On Splice junctions, {words}") and steps.endswith(" No difference is shown.")


def test_the_step_from_which_on_a_difference_shows(made):
    table = of(made, "pretraining_steps").copy()
    table["difference_ci_low"] = [float("nan"), 0.01, 0.1]
    assert experiments.sentences(table)[0].endswith(
        "The interval of the difference first leaves out zero at 20,000 steps."
    )
    table["difference_ci_low"] = [float("nan"), -0.01, -0.1]
    table["difference_ci_high"] = [float("nan"), 0.2, 0.2]
    assert "leaves out zero" not in experiments.sentences(table)[0]


def test_every_experiment_has_a_section_a_figure_and_a_table(made, tmp_path):
    main = grid.runs_by_experiment(made.config)["main"]
    curves = experiments.rows_of(made.tables["curves"], main)
    figures.curves(curves, made.runs, tmp_path)
    figures.losses(curves, tmp_path)
    figures.effects(experiments.rows_of(made.tables["effects"], main), tmp_path)
    for name, runs in grid.experiments_with_sections(made.config).items():
        figure = grid.experiment_figure(name)
        if grid.varied_factor(runs):
            figures.amounts(of(made, name), tmp_path, figure)
        else:
            figures.effects(experiments.rows_of(made.tables["effects"], runs), tmp_path, figure)
    html = page.render(made.config, made.runs, made.tables, None, None, tmp_path)
    for name in NAMES:
        assert f"<h2>{experiments.TITLES[name]}</h2>" in html
        assert base64.b64encode((tmp_path / f"experiment-{name}.svg").read_bytes()).decode() in html
    assert "<td>Splice junctions</td><td>pre-training checkpoint</td>" in html
    answer = html.partition("<h2>The answer</h2>")[2].partition("<figure>")[0]
    assert "ESM-2" not in answer and "of the training data" not in answer


def test_a_study_without_its_main_experiment_says_so(made, tmp_path):
    config = {**made.config, "arms": [arm for arm in ARMS if arm.get("experiment") == "pretraining_steps"]}
    figures.amounts(of(made, "pretraining_steps"), tmp_path, "experiment-pretraining_steps")
    text = page.render(config, made.runs, made.tables, None, None, tmp_path)
    assert "The main experiment is not part of this study" in text
    assert "<h2>Test scores</h2>" not in text and "<h2>How much pre-training</h2>" in text


@pytest.mark.parametrize(
    ("number", "words"), [(750, "750"), (1610, "1,610"), (16_100, "16.1k"), (1_500_000, "1.5M"), (0, "0")]
)
def test_numbers_are_short_on_an_axis(number, words):
    assert figures.thousands(number) == words


def test_a_section_without_a_random_start_shows_no_empty_figure(made, tmp_path):
    config = {**made.config, "arms": [{**ARMS[3], "inits": ["pretrained"]}]}
    (tmp_path / "experiment-model_families.svg").write_text("<svg/>")
    spoiled = {**made.tables, "effects": made.tables["effects"].iloc[:0]}
    section = page.render(config, made.runs, spoiled, None, None, tmp_path).partition("<h2>Other models</h2>")[2]
    section = section.partition("<h2>")[0]
    assert "No arm has a random initialization" in section and "<img" not in section and section.count("<table>") == 1
