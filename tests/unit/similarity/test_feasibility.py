"""Whether there are enough test sequences, compared with what happens when representations are compared."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import check_similarity as checking
import compare_activations as comparing
import extract_activations as extracting
from beyondtext.core.errors import InputError
from beyondtext.similarity.activations import draw_sample, write_activations
from beyondtext.similarity.compare import compare
from beyondtext.similarity.feasibility import find_problem
from beyondtext.similarity.files import problem_in, write_problem

WIDTHS = {"text": 6, "protein": 5}
MODEL = {
    **{"source": "demo", "family": "bert", "domain": "text", "pooling": "mean", "first_free_id": 5},
    **{"weights": "model.safetensors", "configuration": "config.json", "vocabulary": "vocab.txt"},
    "special_ids": {"pad": 0, "unknown": 1, "start": 2, "end": 3},
}
ENCODER = {  # settings of jobs that need not read anything
    **{"task": "demo", "init": "pretrained", "stage": "initial", "mapping": "permutation", "seed": 0},
    **{"special_ids": "keep", "device": "cpu", "model_definition": MODEL},
    **{"tokens": 200, "sequences": 20, "tokens_per_sequence": 8, "attention_sequences": 0, "sample_seed": 0},
}
COMPARISON = {
    **{"task": "demo", "confidence": 0.95, "domain_models": [], "encoders": {}},
    **{"tokens": 200, "sequences": 20, "tokens_per_sequence": 8, "attention_sequences": 0, "sample_seed": 0},
    **{"measures": ["cka"], "permutations": 3, "seed": 0},
}
SETTINGS = {
    "task": "demo",
    "models": list(WIDTHS),
    "test_cap": None,
    "tokens": 200,
    "sequences": 20,
    "tokens_per_sequence": 8,
    "sample_seed": 0,
    "measures": ["cka", "mean_squared_cca", "pwcca"],
    "permutations": 3,
    "seed": 0,
}


def examples(lengths, per_group=1):
    """Test examples of random symbols, with these lengths."""
    generator = np.random.default_rng(len(lengths))
    return pd.DataFrame(
        {
            "id": [f"s{number}" for number in range(len(lengths))],
            "group": [f"g{number // per_group}" for number in range(len(lengths))],
            "symbols": [list(generator.choice(list("ABC"), length)) for length in lengths],
        }
    )


def found(test, widths=WIDTHS, **changes):
    return find_problem({**SETTINGS, **changes}, test, ["A", "B", "C"], widths)


def compared(folder, test, settings):
    """Compare random representations of the sample; return the message if that fails, else None."""
    _, tokens, digest = draw_sample(settings, test, ["A", "B", "C"])
    generator, paths = np.random.default_rng(0), []
    for model, width in WIDTHS.items():
        identity = {"task": "demo", "model": model, "init": "pretrained", "stage": "initial", "seed": 0}
        layers = [generator.standard_normal((len(tokens["group"]), width)).astype(np.float32) for _ in range(2)]
        paths.append(folder / f"{model}.safetensors")
        write_activations(paths[-1], identity, layers, tokens, digest, np.zeros((2, 0), np.float32), [])
    more = {"confidence": 0.95, "domain_models": ["protein"]}
    try:
        compare({**settings, **more}, paths, folder / "demo.parquet")
    except InputError as error:
        return str(error)
    return None


CASES = list(itertools.product([9, 10, 14, 25], [(3,), (8,), (2, 5, 9)], [1, 2], ["pwcca", "cka", "folds"]))


@pytest.mark.parametrize(("count", "lengths", "per_group", "measure"), CASES)
def test_a_problem_is_found_exactly_where_the_comparison_fails(tmp_path, count, lengths, per_group, measure):
    names = {"pwcca": ["cka", "pwcca"], "cka": ["cka"], "folds": ["linear_predictivity"]}[measure]
    settings = {**SETTINGS, "measures": names}
    test = examples([lengths[number % len(lengths)] for number in range(count)], per_group)
    problem, failure = found(test, measures=names), compared(tmp_path, test, settings)
    assert (problem is None) == (failure is None), (problem, failure)


@pytest.mark.parametrize("lengths", [range(4, 34), [5] * 12 + [*range(10, 20)]])
def test_sequences_that_cannot_be_permuted_are_compared_all_the_same(tmp_path, lengths):
    test, changes = examples(lengths), {"tokens_per_sequence": 50, "sequences": 30, "measures": ["cka"]}
    assert found(test, **changes) is None
    assert compared(tmp_path, test, {**SETTINGS, **changes}) is None


def test_the_sentence_says_what_there_is_what_is_needed_and_what_to_do():
    assert found(examples([8] * 9)) == (
        "9 test sequences with 72 tokens in 9 groups, but an interval needs 10 groups; add test sequences, or remove "
        "demo from similarity.tasks"
    )
    assert found(examples([2] * 12), {"protein": 5, "text": 20}, test_cap=12) == (
        "12 test sequences with 24 tokens, of which 19 are left for a fit, but mean_squared_cca, pwcca of text (20 "
        "columns) would need 22; raise caps.demo.test, or remove demo from similarity.tasks, or compare with CKA alone "
        "(similarity.measures: [cka])"
    )


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"tokens": 20, "sequences": 10}, "; raise similarity.tokens, or"),
        (
            {"test_cap": 30, "tokens_per_sequence": 1},
            "; raise similarity.tokens_per_sequence, raise caps.demo.test, or",
        ),
        (
            {"test_cap": 99, "tokens_per_sequence": 1},
            "; raise similarity.tokens_per_sequence, add test sequences, or",
        ),
    ],
)
def test_the_advice_is_what_would_make_the_sample_larger(changes, advice):
    assert advice in found(examples([3] * 30), {"text": 60}, **changes)


def test_a_table_of_a_task_that_cannot_be_compared_has_the_reason(tmp_path):
    write_problem(tmp_path / "new/demo.parquet", "demo", "too few")
    assert pd.read_parquet(tmp_path / "new/demo.parquet").to_dict("records") == [{"task": "demo", "problem": "too few"}]
    with pytest.raises(InputError, match="missing"):
        problem_in(tmp_path / "demo.json", "demo")


def split_of(count):
    """Examples of which this many are in the test split."""
    tables = [examples([10] * number).assign(split=split) for split, number in (("train", 20), ("test", count))]
    return pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize(("count", "enough"), [(9, False), (12, True)])
def test_the_programs_leave_out_what_the_check_rules_out(tmp_path, capsys, monkeypatch, count, enough):
    monkeypatch.setattr(checking, "shape_of", lambda name: SimpleNamespace(width=4))
    monkeypatch.setattr(checking, "read_examples", lambda path, task: (split_of(count), {"alphabet": ["A", "B", "C"]}))
    check, files = tmp_path / "check.json", [tmp_path / f"{model}.safetensors" for model in WIDTHS]
    checking.main(["--settings", json.dumps(SETTINGS), "--examples", "unread", "--output", str(check)])
    said = capsys.readouterr()
    assert (problem_in(check, "demo") is None) == enough
    if enough:
        assert said.out == "demo: enough test sequences to compute similarities\n" and said.err == ""
        return
    assert said.err.startswith(
        "warning: no similarities will be computed for demo; everything else continues: 9 test sequences with 72"
    )
    for model, path in zip(WIDTHS, files, strict=True):
        extracting.main(
            ["--settings", json.dumps({**ENCODER, "model": model}), "--check", str(check), "--output", str(path)]
        )
        assert path.read_bytes() == b""
    words = [*map(str, files), "--settings", json.dumps(COMPARISON), "--check", str(check)]
    comparing.main([*words, "--output", str(tmp_path / "demo.parquet")])
    [row] = pd.read_parquet(tmp_path / "demo.parquet").to_dict("records")
    assert row == {"task": "demo", "problem": problem_in(check, "demo")}
