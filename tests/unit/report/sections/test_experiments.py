"""The further experiments: their rows, and what the report says about amounts of data and of pre-training."""

from types import SimpleNamespace

import pytest

import small_study as study
from beyondtext.report import arms, page
from beyondtext.report.load import Results
from beyondtext.report.sections import experiments
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
    tables = study.write_tables(root, config, root / "tables")
    study.write_stand_ins(config, tables, root / "figures")
    return SimpleNamespace(config=config, tables=tables, figures=root / "figures")


def amounts_of(made, name):
    return made.tables["amounts"][made.tables["amounts"]["experiment"] == name]


def test_the_rows_of_an_experiment_are_those_of_its_arms_and_their_baselines(made):
    runs = grid.runs_by_experiment(made.config)
    main = arms.rows_of(made.tables["summary"], runs["main"])
    assert len(main) == 2 * 2 + 2 * 2  # initializations and baselines of two tasks
    assert set(main["fraction"]) == {1} and "esm2-8m" not in set(main["model"])
    data = arms.rows_of(made.tables["summary"], runs["data_efficiency"])
    assert len(data) == 3 * (2 + 2)
    families = arms.rows_of(made.tables["effects"], runs["model_families"])
    assert families["model"].tolist() == ["minilm-l6", "esm2-8m"]


def test_an_experiment_without_a_title_of_its_own_is_named_after_its_key():
    assert experiments.title("main", "fraction") == "Amount of training data"
    assert experiments.title("main", "pretraining_steps") == "Amount of pre-training"
    assert experiments.title("my_own") == "My own"


def test_differences_by_amount_of_data_are_relative_to_random_initialization_on_the_same_data(made):
    table = amounts_of(made, "data_efficiency")
    assert sorted(table["sequences"].unique()) == [6, 10, 20]
    pretrained = table[(table["init"] == "pretrained") & (table["fraction"] == 0.5)].iloc[0]
    assert pretrained["difference"] == pytest.approx(5 / 24, abs=1e-6)  # 2, 1 and 2 eighths
    effect = study.row_of(made.tables["effects"], task="splice", fraction=0.5)
    assert effect["ci_low"] == pretrained["difference_ci_low"]
    assert study.blank(table.loc[table["init"].isin(["scratch", "baseline"]), "difference"])


def test_differences_by_amount_of_pretraining_are_relative_to_the_least_pretraining(made):
    table = amounts_of(made, "pretraining_steps")
    assert table["amount"].tolist() == [0, 20_000, 2_000_000]
    assert study.blank(table["difference"].iloc[:1])
    assert table["difference"].tolist()[1:] == pytest.approx([5 / 24, 5 / 24], abs=1e-6)


def test_each_task_is_compared_with_the_least_pretraining_that_it_has(tmp_path):
    arm = {"experiment": "pretraining_steps", "inits": ["pretrain_ckpt"]}
    arms = [{**arm, "models": STEPS[at:], "tasks": [task]} for at, task in ((0, "splice"), (1, "gb1"))]
    config = study.config(arms=arms, experiments=["pretraining_steps"])
    config["similarity"]["tasks"] = config["trainability"]["tasks"] = []
    study.write_study(tmp_path, config)
    table = experiments.amounts(Results(config, tmp_path))
    gb1 = table[table["task"] == "gb1"]
    assert gb1["amount"].tolist() == [20_000, 2_000_000]
    assert gb1["difference"].isna().tolist() == [True, False]
    assert [words.startswith("GB1 binding: compared with 20,000") for words in experiments.sentences(table)] == [0, 1]
    assert experiments.sentences(gb1.iloc[:1]) == []  # with one amount there is nothing to compare


def test_sentences_on_data_and_on_pretraining(made):
    assert experiments.sentences(amounts_of(made, "data_efficiency")) == [
        "Splice junctions: compared with random initialization, the score of pre-trained is not significantly "
        "different with 33.3 % to 100 % of the training data."
    ]
    assert experiments.sentences(amounts_of(made, "pretraining_steps")) == [
        "Splice junctions: compared with 0 steps of pre-training, the score is not significantly different after more."
    ]


def test_neighbouring_shares_with_the_same_outcome_share_a_clause(made):
    table = amounts_of(made, "data_efficiency").sort_values("amount").copy()
    mine = table["difference"].notna()
    table.loc[mine, "difference_ci_low"] = [0.1, 0.1, float("nan")]
    table.loc[mine, "difference_ci_high"] = [0.2, 0.2, float("nan")]
    words = "Splice junctions: compared with random initialization, the score of pre-trained is"
    assert experiments.sentences(table) == [
        f"{words} higher with 33.3 % to 50 % of the training data and not testable (too few seeds or groups of test "
        "examples, or the same value for every seed) with 100 % of the training data."
    ]
    table.loc[mine, "difference_ci_low"] = [-0.2, -0.2, 0.1]
    table.loc[mine, "difference_ci_high"] = [-0.1, 0.2, 0.2]
    assert experiments.sentences(table) == [
        f"{words} lower with 33.3 % of the training data, not significantly different with 50 % of the training data "
        "and higher with 100 % of the training data."
    ]


def test_the_first_step_with_a_difference_is_named(made):
    table = amounts_of(made, "pretraining_steps").copy()
    table["difference_ci_low"] = [float("nan"), 0.01, 0.1]
    words = "Splice junctions: compared with 0 steps of pre-training, the score"
    assert experiments.sentences(table) == [f"{words} is first significantly higher after 20,000."]
    table["difference_ci_low"] = [float("nan"), -0.1, -0.1]
    table["difference_ci_high"] = [float("nan"), 0.2, -0.01]
    assert experiments.sentences(table) == [f"{words} is first significantly lower after 2,000,000."]
    untestable = "not testable (too few seeds or groups of test examples, or the same value for every seed)"
    table["difference_ci_low"] = [float("nan"), float("nan"), -0.1]
    assert experiments.sentences(table) == [
        f"{words} is first significantly lower after 2,000,000; after 20,000 it is {untestable}."
    ]
    table["difference_ci_high"] = [float("nan"), float("nan"), 0.1]
    assert experiments.sentences(table) == [
        f"{words} is not significantly different after more; after 20,000 it is {untestable}."
    ]
    table["difference_ci_low"] = table["difference_ci_high"] = float("nan")
    assert experiments.sentences(table) == [f"{words} is {untestable} after more."]


def test_every_experiment_has_a_part_with_a_figure_and_a_table(made):
    html = page.render(made.config, made.tables, made.figures)
    for name in NAMES:
        assert f"<h3>{experiments.title(name)}</h3>" in html
        assert page.embedded(made.figures / f"experiment-{name}.svg", made.config["name"]) in html
    assert "<td>Splice junctions</td><td>pre-training checkpoint</td>" in html
    answer = html.partition("</header>")[2].partition("<nav>")[0]
    effects = html.partition('<div id="effects">')[2].partition("<figure>")[0]
    assert "Splice junctions" in answer and "Splice junctions" in effects
    for part in (answer, effects):
        assert "ESM-2" not in part and "of the training data" not in part


def test_a_study_without_its_main_experiment_says_so(made):
    config = {**made.config, "arms": [arm for arm in ARMS if arm.get("experiment") == "pretraining_steps"]}
    html = page.render(config, made.tables, made.figures)
    assert html.count("The main experiment is not part of this study") == 1
    assert "Whether pre-training helps" not in html
    assert "Test scores</h2>" not in html and "<h3>Amount of pre-training</h3>" in html


@pytest.mark.parametrize(
    ("number", "words"), [(750, "750"), (1610, "1,610"), (16_100, "16.1k"), (1_500_000, "1.5M"), (0, "0")]
)
def test_numbers_on_an_axis_are_short(number, words):
    assert experiments.short(number) == words


def test_an_experiment_without_random_initialization_has_no_empty_figure(made):
    config = {**made.config, "arms": [{**ARMS[3], "inits": ["pretrained"]}]}
    tables = {name: made.tables[name] for name in ("summary", "amounts")}
    tables["effects"] = made.tables["effects"].iloc[:0]
    [part] = experiments.content(tables, config)["experiments"]
    assert part["effects"] == [] and part["scores"]["rows"]
    assert part["sentences"] == [
        "No network of this study was also trained from scratch for comparison, so no effect can be estimated."
    ]
