"""The positive control: which rows are about it, and what is said of them."""

import pandas as pd
import pytest

import small_study as study
from beyondtext.report.finding import finding
from beyondtext.report.sections import control, effects

NAN = float("nan")
OPENING = "A positive control reads the text with its words unchanged: there,"
CONTROL = {"experiment": "unpermuted", "models": ["minilm-l6"], "inits": ["pretrained", "scratch"]}
CONTROL |= {"mappings": ["identity"], "tasks": ["sentiment"]}


def config_of(**changes):
    """A study whose main experiment has two tasks, with a control that differs in some keys of its arm."""
    main = {"models": ["minilm-l6", "esm2-8m"], "inits": ["pretrained", "scratch"]}
    arms = [main, {**CONTROL, **changes}]
    return study.config(tasks=["splice", "sentiment", "cola"], arms=arms, experiments=["main", "unpermuted"])


def effect(task="sentiment", low=0.1, high=0.3, **changes):
    """A row of the table of effects."""
    row = dict.fromkeys(effects.COLUMNS, NAN) | {"task": task, "model": "minilm-l6", "mapping": "identity"}
    row |= {"fraction": 1, "rate": "fixed", "n": 5, "comparison": "pretrained - scratch"}
    return row | {"mean": (low + high) / 2, "ci_low": low, "ci_high": high, **changes}


def said(*rows, **changes):
    return control.sentences({"effects": pd.DataFrame(rows, columns=effects.COLUMNS)}, config_of(**changes))


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.1, 0.3, "helps on Sentiment (+0.200, interval +0.100 to +0.300, 5 seeds)."),
        (-0.3, -0.1, "hurts on Sentiment (−0.200, interval −0.300 to −0.100, 5 seeds)."),
        (-0.1, 0.3, "makes no detectable difference on Sentiment (+0.100, interval −0.100 to +0.300, 5 seeds)."),
    ],
)
def test_a_control_of_one_task_has_its_effect(low, high, words):
    [sentence] = said(effect(low=low, high=high), effect(mapping="permutation"), effect("splice"))
    assert sentence == f"{OPENING} pre-training {words}"


def test_several_tasks_are_grouped_by_outcome():
    rows = [effect("cola", low=-0.3, high=-0.1), effect()]
    [sentence] = said(*rows, tasks=["sentiment", "cola"])
    assert sentence.endswith("pre-training helps on Sentiment and hurts on CoLA.")
    [sentence] = said(effect("cola", ci_low=NAN, ci_high=NAN), effect(), tasks=["sentiment", "cola"])
    assert sentence.endswith("pre-training helps on Sentiment and cannot be judged on CoLA.")


def test_other_initializations_fractions_and_rates_are_not_in_it():
    config = {"inits": ["pretrained", "shuffled", "scratch"], "fractions": [1, 0.5]}
    other = [effect(comparison="shuffled - scratch"), effect(fraction=0.5), effect(rate="chosen")]
    assert said(effect(low=-0.3, high=-0.1), *other, **config)[0].endswith(
        "hurts on Sentiment (−0.200, interval −0.300 to −0.100, 5 seeds)."
    )


@pytest.mark.parametrize(
    "changes",
    [{"mappings": ["permutation"]}, {"tasks": ["splice"]}, {"models": ["esm2-8m"]}, {"experiment": "main"}],
)
def test_a_study_without_text_that_a_text_model_can_read_has_no_control(changes):
    rows = [effect(task, model=model) for task in ("sentiment", "splice") for model in ("minilm-l6", "esm2-8m")]
    assert said(*rows, **changes) == []


def test_the_control_is_part_of_the_finding(three, monkeypatch):
    monkeypatch.setattr(control, "sentences", lambda *_: ["The control."])
    assert finding(three.tables, three.config)[0].endswith(" The control.")
