"""Mapping symbols to token ids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from beyondtext.core.errors import InputError
from beyondtext.data.examples import SEPARATOR, UNKNOWN
from beyondtext.models.token_ids import encode, map_symbols, permutation_table, refuse_too_long, shift_table

MODEL = {
    "family": "bert",
    "vocabulary": "vocab.txt",
    "first_free_id": 5,
    "special_ids": {"pad": 0, "start": 2, "end": 3, "unknown": 1},
}
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused]", *"abcdefghij"]


@given(size=st.integers(1, 300), first=st.integers(0, 300), seed=st.integers(0, 2**32 - 1))
def test_a_permutation_is_a_bijection_that_fixes_special_ids(size, first, seed):
    first = min(first, size)
    table = permutation_table(size, range(first, size), seed)
    assert sorted(table) == list(range(size))
    assert (table[:first] == np.arange(first)).all()


def test_a_permutation_is_reproduced_by_its_seed_and_differs_between_seeds():
    tables = [permutation_table(30522, range(999, 30522), seed) for seed in (1, 1, 2)]
    assert (tables[0] == tables[1]).all()
    assert (tables[0] != tables[2]).mean() > 0.9


def test_symbols_get_distinct_free_ids():
    mapping = map_symbols(list("ACGT"), "characters", VOCABULARY, MODEL, "permutation", 7)
    ids = [mapping.symbols[symbol] for symbol in "ACGT"]
    assert len(set(ids)) == 4
    assert min(ids) >= MODEL["first_free_id"]
    assert (mapping.start, mapping.end, mapping.pad) == (2, 3, 0)
    assert mapping.symbols[UNKNOWN] == 1


def test_word_pieces_have_their_own_ids_under_identity_and_those_of_the_table_under_permutation():
    identity = map_symbols(["c", "a"], "wordpieces", VOCABULARY, MODEL, "identity", 7)
    assert (identity.symbols["c"], identity.symbols["a"]) == (7, 5)
    table = permutation_table(len(VOCABULARY), range(5, len(VOCABULARY)), 7)
    permuted = map_symbols(["c", "a"], "wordpieces", VOCABULARY, MODEL, "permutation", 7)
    assert (permuted.symbols["c"], permuted.symbols["a"]) == (table[7], table[5])


def test_identity_finds_the_symbols_of_a_domain_model_by_name():
    mapping = map_symbols(["j", "b"], "characters", VOCABULARY, MODEL, "identity", 0)
    assert (mapping.symbols["j"], mapping.symbols["b"]) == (14, 6)


def test_paper_mode_shuffles_the_start_end_and_unknown_ids_too():
    seeds = range(20)
    mappings = [map_symbols(["a"], "wordpieces", VOCABULARY, MODEL, "permutation", seed, "paper") for seed in seeds]
    for find, own in ((lambda m: m.start, 2), (lambda m: m.end, 3), (lambda m: m.symbols[UNKNOWN], 1)):
        assert any(find(mapping) != own for mapping in mappings)
    for mapping in mappings:
        assert len({mapping.start, mapping.end, *mapping.symbols.values(), mapping.pad}) == 5 and mapping.pad == 0


def test_too_many_symbols_and_unknown_names_are_refused():
    with pytest.raises(InputError, match=r"11 symbols do not fit .* 10 free ids"):
        map_symbols([str(i) for i in range(11)], "pitches", VOCABULARY, MODEL, "permutation", 0)
    with pytest.raises(InputError, match=r"vocab.txt lacks the symbol 'zz'"):
        map_symbols(["zz"], "wordpieces", VOCABULARY, MODEL, "identity", 0)


def test_encode_adds_the_start_and_end_ids():
    mapping = map_symbols(["a", "b"], "wordpieces", VOCABULARY, MODEL, "identity", 0)
    assert [ids.tolist() for ids in encode([["a", "b", UNKNOWN], []], mapping)] == [[2, 5, 6, 1, 3], [2, 3]]


@pytest.mark.parametrize(("family", "between"), [("bert", [3]), ("roberta", [3, 3])])
def test_the_sequences_of_a_pair_are_separated_as_their_family_requires(family, between):
    mapping = map_symbols(["a", "b"], "wordpieces", VOCABULARY, {**MODEL, "family": family}, "identity", 0)
    [ids] = encode([["a", SEPARATOR, "b", "b"]], mapping)
    assert ids.tolist() == [2, 5, *between, 6, 6, 3]


def test_no_symbol_gets_a_reserved_id():
    reserved = [6, len(VOCABULARY) - 1]
    model = {**MODEL, "reserved_ids": reserved}
    alphabet = [f"s{n}" for n in range(len(VOCABULARY) - MODEL["first_free_id"] - len(reserved))]
    for seed in range(5):
        ids = map_symbols(alphabet, "characters", VOCABULARY, model, "permutation", seed).symbols.values()
        assert not set(ids) & set(reserved)
    with pytest.raises(InputError, match="free ids"):
        map_symbols([*alphabet, "more"], "characters", VOCABULARY, model, "permutation", 0)


def test_word_pieces_of_another_models_vocabulary_get_free_ids_like_other_symbols():
    foreign = map_symbols(["Ġa", "b"], "wordpieces", VOCABULARY, MODEL, "permutation", 7)
    letters = map_symbols(["Ġa", "b"], "characters", VOCABULARY, MODEL, "permutation", 7)
    assert foreign == letters


@given(size=st.integers(1, 300), first=st.integers(0, 300), places=st.integers(0, 10**6))
def test_a_shift_is_a_bijection_that_the_complementary_shift_undoes(size, first, places):
    ring = np.arange(min(first, size - 1), size)
    table = shift_table(size, ring, places)
    assert sorted(table) == list(range(size)) and (table[: ring[0]] == np.arange(ring[0])).all()
    back = shift_table(size, ring, -places % len(ring))
    assert (back[table] == np.arange(size)).all()


def test_a_shift_moves_word_pieces_within_the_free_ids_or_the_whole_vocabulary():
    symbols = map_symbols(["a", "c", "j"], "wordpieces", VOCABULARY, MODEL, "shift-3", 0).symbols
    assert (symbols["a"], symbols["c"], symbols["j"]) == (8, 10, 7)
    everywhere = map_symbols(["a", "j"], "wordpieces", VOCABULARY, MODEL, "shift-3", 0, "paper")
    # As released: (id + c) mod the whole vocabulary, special ids among them.
    assert (everywhere.symbols["a"], everywhere.symbols["j"], everywhere.start, everywhere.end) == (8, 2, 5, 6)


@pytest.mark.parametrize("family", ["roberta", "esm"])
def test_no_symbol_is_shifted_to_an_id_by_which_a_model_finds_padding(family):
    model = {**MODEL, "family": family}
    with pytest.raises(InputError, match=f"shift-3 shifts symbols to the ids of special tokens, .* family {family}"):
        map_symbols(["a"], "wordpieces", VOCABULARY, model, "shift-3", 0, "paper")
    for mapping, special_ids in (("shift-3", "keep"), ("permutation", "paper")):
        ids = map_symbols(list("abj"), "wordpieces", VOCABULARY, model, mapping, 0, special_ids)
        assert MODEL["special_ids"]["pad"] not in {*ids.symbols.values(), ids.start, ids.end}


def test_a_sequence_with_more_tokens_than_positions_is_refused():
    sequences = [np.zeros(5, dtype=np.int64), np.zeros(12, dtype=np.int64)]
    refuse_too_long(sequences, 12, "demo", "tiny")
    with pytest.raises(
        InputError, match=r"task demo: a sequence of 10 symbols exceeds the 9 that tiny can read; .*demo"
    ):
        refuse_too_long(sequences, 11, "demo", "tiny")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"pad": -5},
            r"special_ids\.pad is -5, but the vocabulary vocab\.txt has the ids 0 to 14; correct the model's",
        ),
        ({"end": 3_000_000}, r"special_ids\.end is 3000000, but .* 0 to 14"),
        ({"start": 15}, r"special_ids\.start is 15, but"),
        ({"unknown": 1.0}, r"special_ids\.unknown is 1\.0, but"),
        ({"pad": True}, r"special_ids\.pad is True, but"),
        ({"pad": "0"}, r"special_ids\.pad is 0, but"),
        ({"pad": None}, r"special_ids\.pad is None, but"),
        ({"pad": 3}, r"special_ids\.pad and special_ids\.end are both 3, but each needs an id of its own"),
        ({"start": 3}, r"special_ids\.start and special_ids\.end are both 3"),
        ({"unknown": 0}, r"special_ids\.pad and special_ids\.unknown are both 0"),
        ({"end": 7}, r"special_ids\.end is 7, but first_free_id is 5, so that a symbol could get the same id; add it"),
    ],
)
@pytest.mark.parametrize("mapping", ["permutation", "shift-3", "identity"])
def test_special_ids_that_the_vocabulary_lacks_or_that_have_two_meanings_are_refused(changes, message, mapping):
    model = {**MODEL, "special_ids": {**MODEL["special_ids"], **changes}}
    with pytest.raises(InputError, match=f"^{message}"):
        map_symbols(["a"], "wordpieces", VOCABULARY, model, mapping, 0)


@pytest.mark.parametrize("reserved", [-1, 15, 10**12, 6.0, "6", None, False])
def test_reserved_ids_that_the_vocabulary_lacks_are_refused(reserved):
    with pytest.raises(InputError, match=rf"^reserved_ids is {reserved}, but the vocabulary vocab\.txt has the ids 0"):
        map_symbols(["a"], "wordpieces", VOCABULARY, {**MODEL, "reserved_ids": [6, reserved]}, "permutation", 0)


def test_a_special_id_among_the_free_ones_may_be_reserved():
    model = {**MODEL, "special_ids": {**MODEL["special_ids"], "end": 7}, "reserved_ids": [7]}
    for seed in range(20):
        mapping = map_symbols(list("abdefghij"), "characters", VOCABULARY, model, "permutation", seed)
        assert mapping.end == 7 and 7 not in [mapping.symbols[symbol] for symbol in "abdefghij"]
