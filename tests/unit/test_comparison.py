import itertools

import numpy as np
import pandas as pd
import pytest

from beyondtext import comparison
from beyondtext.errors import InputError
from beyondtext.examples import write_examples

COUNT = 30  # sequences
TASK = {
    "domain": "protein",
    "target": {"kind": "number"},
    "metric": "spearman",
    "symbols": {"kind": "characters", "alphabet": "AC"},
    "source": "demo",
}
SETTINGS = {
    "task": "demo",
    "measures": ["cka", "pwcca"],
    "device": "cpu",
    "sequences": 400,
    "tokens_per_sequence": 50,
    "seed": 0,
    "confidence": 0.95,
    "encoders": [
        {"model": "text", "init": "pretrained"},
        {"model": "text", "init": "scratch", "seed": 7},
    ],
}


def compare(folder, monkeypatch, vectors):
    """Run the comparison on test sequences of five symbols, of which two encoders make ``vectors``."""
    found = iter(vectors)
    monkeypatch.setattr(comparison, "encoder_vectors", lambda *_: next(found))
    symbols = [list(letters) for letters in itertools.product("AC", repeat=5)][:COUNT]
    ids = [f"s{i}" for i in range(COUNT)]
    table = pd.DataFrame({"id": ids, "split": "test", "group": ids, "target": 0.0, "symbols": symbols})
    write_examples(folder / "demo.parquet", "demo", TASK, table, ["A", "C"], {})
    return comparison.compare(SETTINGS, folder / "demo.parquet", folder, folder / "demo.csv", 1)


def test_each_pair_and_measure_has_its_rows(tmp_path, monkeypatch):
    generator = np.random.default_rng(0)
    table = compare(tmp_path, monkeypatch, [generator.standard_normal((5 * COUNT, 3)) for _ in range(2)])
    assert table["measure"].tolist() == ["cka", "pwcca", "pwcca"]
    assert table["init_a"].tolist() == ["pretrained", "pretrained", "scratch"]
    assert (table["ci_low"] < table["value"]).all() and (table["value"] < table["ci_high"]).all()
    assert (table["n_sequences"] == COUNT).all() and (table["n_tokens"] == 5 * COUNT).all()
    assert (tmp_path / "demo.csv").is_file()


def test_an_encoder_that_makes_no_numbers_is_named(tmp_path, monkeypatch):
    good = np.random.default_rng(0).standard_normal((5 * COUNT, 3))
    bad = good.copy()
    bad[4, 1] = np.nan
    with pytest.raises(
        InputError, match=r"demo: what text scratch 7 makes of the tokens holds NaN or infinity in row 4"
    ):
        compare(tmp_path, monkeypatch, [good, bad])
    assert not (tmp_path / "demo.csv").exists()
