"""Every sentence that the report can make from its numbers."""

import numpy as np
import pandas as pd
import pytest

from beyondtext.core.schema import _validator
from beyondtext.report import text
from beyondtext.report.text import between, listed, score, signed, verdict
from beyondtext.study.grid import MAPPING

NAN = float("nan")


def effects(*rows):
    """A table of effects from (task, mean, low, high) and, where they matter, other columns."""
    columns = {"model": "minilm-l6", "mapping": "permutation", "fraction": 1, "rate": "fixed"}
    columns["comparison"] = "pretrained - scratch"
    return pd.DataFrame(
        [
            {**columns, "task": task, "mean": mean, "ci_low": low, "ci_high": high, **other}
            for task, mean, low, high, other in rows
        ]
    )


def arm(init, reached=3, ratio=NAN, low=NAN, high=NAN, **other):
    """A row of the table of convergence; on Splice junctions unless ``other`` says otherwise."""
    row = {"task": "splice", "model": "minilm-l6", "init": init, "mapping": "permutation", "fraction": 1}
    return {
        **row,
        "rate": "fixed",
        "level": 0.76,
        "n": 3,
        "n_reached": reached,
        "ratio": ratio,
        "ratio_ci_low": low,
        "ratio_ci_high": high,
        **other,
    }


@pytest.mark.parametrize(
    ("words", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), (iter("ab"), "a and b")]
)
def test_listed(words, text):
    assert listed(words) == text


@pytest.mark.parametrize(
    ("value", "as_score", "as_difference"),
    [
        (0.12345, "0.123", "+0.123"),
        (-0.5, "−0.500", "−0.500"),
        (0.0, "0.000", "+0.000"),
        (NAN, "", ""),
        (np.float64(1), "1.000", "+1.000"),
    ],
)
def test_numbers_have_a_real_minus_and_differences_a_sign(value, as_score, as_difference):
    assert (score(value), signed(value)) == (as_score, as_difference)


def test_an_interval_in_words():
    assert between(-0.1, 0.25) == "−0.100 to 0.250"
    assert between(-0.1, 0.25, signed) == "−0.100 to +0.250"
    assert between(NAN, NAN) == ""


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.2, "higher"),
        (-0.2, -0.01, "lower"),
        (-0.1, 0.1, "open"),
        (0.0, 0.1, "open"),
        (-0.1, 0.0, "open"),
        (0.0, 0.0, "open"),
        (NAN, NAN, "none"),
    ],
)
def test_verdicts(low, high, expected):
    assert verdict({"ci_low": low, "ci_high": high}) == expected


def test_every_init_and_baseline_of_the_schema_has_words():
    schema = _validator("config").schema
    assert schema["$defs"]["mapping"]["pattern"] == f"^({MAPPING})$"


def test_encoders_are_named_shortly():
    assert text.encoder_title("minilm-l6", "pretrained", "initial") == "MiniLM-L6"
    assert text.encoder_title("minilm-l6", "scratch", "initial", 100) == "MiniLM-L6, random initialization, seed 100"
    assert text.encoder_title("minilm-l6", "pretrained", "finetuned") == "MiniLM-L6, fine-tuned"


def test_nothing_is_minus_zero():
    assert text.score(-0.0002) == "0.000" and text.score(-0.02) == "−0.020"


def test_two_seeds_of_a_partly_random_start_have_different_names():
    titles = {text.encoder_title("minilm-l6", "rand_embed", "initial", seed) for seed in (100, 101)}
    assert len(titles) == 2


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            ("splice", 0.2, 0.1, 0.3, {}),
            "The start “pre-trained” scores higher than a random initialization on Splice junctions (+0.200; "
            "+0.100 to +0.300).",
        ),
        (
            ("amp", -0.2, -0.3, -0.1, {}),
            "The start “pre-trained” scores lower than a random initialization on Antimicrobial peptides "
            "(−0.200; −0.300 "
            "to −0.100).",
        ),
        (
            ("amp", 0.05, -0.1, 0.2, {}),
            "For “pre-trained” no difference is shown on Antimicrobial peptides (+0.050; −0.100 to +0.200): the "
            "95 % interval includes "
            "zero.",
        ),
        (
            ("amp", 0.05, NAN, NAN, {}),
            "For “pre-trained” on Antimicrobial peptides (+0.050) there are too few seeds for an interval, so "
            "nothing is claimed.",
        ),
    ],
)
def test_the_sentence_of_each_verdict(row, sentence):
    assert text.effect_sentences(effects(row), 0.95) == [sentence]


def test_tasks_with_the_same_verdict_share_a_sentence_and_each_comparison_has_its_own():
    table = effects(
        ("splice", 0.2, 0.1, 0.3, {}),
        ("amp", 0.1, 0.05, 0.15, {}),
        ("gb1", -0.2, -0.3, -0.1, {}),
        ("splice", 0.1, 0.05, 0.15, {"comparison": "rand_embed - scratch"}),
    )
    assert text.effect_sentences(table, 0.95) == [
        "The start “pre-trained” scores higher than a random initialization on Splice junctions (+0.200; +0.100 "
        "to +0.300) and "
        "Antimicrobial peptides (+0.100; +0.050 to +0.150).",
        "The start “pre-trained” scores lower than a random initialization on GB1 binding (−0.200; −0.300 to −0.100).",
        "The start “pre-trained, random word embeddings” scores higher than a random initialization on Splice "
        "junctions "
        "(+0.100; +0.050 "
        "to +0.150).",
    ]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"model": "esm2-8m"}, ["Splice junctions, MiniLM-L6 (", "Splice junctions, ESM-2 8M ("]),
        ({"mapping": "identity"}, ["Splice junctions, permutation (", "Splice junctions, identity ("]),
        (
            {"fraction": 0.1},
            ["Splice junctions, 100 % of the training data (", "Splice junctions, 10 % of the training data ("],
        ),
        (
            {"rate": "chosen"},
            [
                "Splice junctions, one learning rate for every start (",
                "Splice junctions, each start at its own best learning rate (",
            ],
        ),
    ],
)
def test_what_tells_rows_apart_is_named(other, named):
    table = effects(("splice", 0.2, 0.1, 0.3, {}), ("splice", 0.4, 0.3, 0.5, other))
    (sentence,) = text.effect_sentences(table, 0.95)
    assert all(words in sentence for words in named)


def test_the_percentage_is_the_configurations():
    (sentence,) = text.effect_sentences(effects(("amp", 0.05, -0.1, 0.2, {})), 0.9)
    assert "the 90 % interval" in sentence


def test_a_known_ratio_is_told_with_its_interval():
    table = pd.DataFrame([arm("scratch"), arm("pretrained", ratio=0.5, low=0.4, high=0.625)])
    assert text.convergence_sentences(table) == [
        "The start “pre-trained” needs 0.500 times the steps on Splice junctions (0.400 to 0.625)."
    ]


def test_a_ratio_whose_interval_includes_one_claims_nothing():
    table = pd.DataFrame([arm("scratch"), arm("pretrained", ratio=0.5, low=0.2, high=1.25)])
    assert text.convergence_sentences(table) == [
        "For “pre-trained” no difference in speed is shown, since the interval includes 1: it needs 0.500 times the "
        "steps on Splice junctions (0.200 to 1.250)."
    ]


def test_a_ratio_of_two_seeds_is_told_without_an_interval():
    table = pd.DataFrame([arm("scratch", n=2), arm("pretrained", n=2, ratio=0.5)])
    assert text.convergence_sentences(table) == [
        "The start “pre-trained” needs 0.500 times the steps on Splice junctions."
    ]


def test_a_level_that_some_run_missed_has_no_ratio():
    table = pd.DataFrame([arm("scratch", reached=2), arm("pretrained", reached=1)])
    assert text.convergence_sentences(table) == [
        "No ratio can be given for “pre-trained” on Splice junctions (1 of 3 runs, and 2 of 3 from a random "
        "initialization), since not "
        "every run reached the level in the steps that it had."
    ]


def test_the_random_start_of_the_same_arm_is_counted():
    table = pd.DataFrame(
        [arm(init, reached, fraction=f) for f, reached in ((1, 2), (0.1, 0)) for init in ("scratch", "rand_embed")]
    )
    (sentence,) = text.convergence_sentences(table)
    assert "100 % of the training data (2 of 3 runs, and 2 of 3 from" in sentence
    assert "10 % of the training data (0 of 3 runs, and 0 of 3 from" in sentence


def test_a_random_start_without_a_gain_is_told():
    table = pd.DataFrame([arm("scratch", 0, level=NAN), arm("pretrained", 0, level=NAN)])
    assert text.convergence_sentences(table) == [
        "On Splice junctions the random initialization gains nothing over the trivial baseline."
    ]


def test_a_random_start_without_a_gain_is_told_once():
    table = pd.DataFrame([arm(init, 0, level=NAN) for init in ("scratch", "pretrained", "rand_embed")])
    sentences = text.convergence_sentences(table)
    assert len(sentences) == len(set(sentences))


def test_arms_that_all_reached_the_level_are_not_said_to_have_missed_it():
    # What `beyondtext.report.tables.convergence` gives where a run starts at the level: a ratio to or from 0 is none.
    sentences = text.convergence_sentences(pd.DataFrame([arm("scratch"), arm("pretrained", steps_mean=0)]))
    assert not any("not every run reached the level" in sentence for sentence in sentences)


def summary(kmer, networks, **other):
    """A table of scores: the n-gram baseline and networks on Splice junctions."""
    rows = [{"model": "kmer", "init": "baseline", "mean": kmer}] if kmer is not None else []
    rows += [{"model": "minilm-l6", "init": init, "mean": mean} for init, mean in networks.items()]
    return pd.DataFrame([{"task": "splice", "fraction": 1, **row, **other} for row in rows])


@pytest.mark.parametrize("kmer", [0.9, 0.8])
def test_a_baseline_that_is_not_beaten_is_a_caution(kmer):
    (sentence,) = text.baseline_sentences(summary(kmer, {"pretrained": 0.8, "scratch": 0.7}))
    assert sentence.startswith(
        f"A linear model on n-grams scores as high as the best network, or higher, on Splice junctions "
        f"({kmer:.3f} against 0.800)"
    )


@pytest.mark.parametrize(
    "table",
    [
        summary(0.79, {"pretrained": 0.8, "scratch": 0.7}),
        summary(None, {"pretrained": 0.8}),
        summary(0.9, {}),
    ],
    ids=["beaten", "no baseline", "no network"],
)
def test_there_is_no_caution_otherwise(table):
    assert text.baseline_sentences(table) == []


def test_the_caution_is_about_the_largest_share_of_the_data():
    small = summary(0.9, {"pretrained": 0.5}, fraction=0.1)
    assert text.baseline_sentences(pd.concat([small, summary(0.7, {"pretrained": 0.8})])) == []


def test_chance_is_told_where_several_intervals_are_looked_at():
    rows = [("splice", 0.05, 0.15), ("gb1", -0.05, 0.15), ("amp", NAN, NAN)]
    table = effects(*((task, 0.1, low, high, {}) for task, low, high in rows))
    [said] = text.multiplicity_sentences(table, 0.95)
    assert said.startswith("2 differences are looked at here") and "one interval in 20" in said
    assert text.multiplicity_sentences(table.iloc[1:], 0.95) == []


def test_runs_that_kept_the_weights_they_started_with_are_counted():
    rows = [("splice", "pretrained", 0), ("splice", "scratch", 8), ("gb1", "scratch", 4), ("gb1", "baseline", NAN)]
    runs = pd.DataFrame(rows, columns=["task", "init", "best_step"])
    [said] = text.untrained_sentences(runs)
    assert said.endswith("an untrained head: 1 of 2 on Splice junctions.")
    assert text.untrained_sentences(runs.iloc[1:]) == []
