from types import SimpleNamespace

from beyondtext.similarity.columns import pair_columns, swap_sides


def encoder(model, seed, last_layer):
    identity = {"task": "demo", "model": model, "init": "pretrained", "stage": "initial", "seed": seed}
    return SimpleNamespace(identity=identity, last_layer=last_layer)


def test_last_layers_by_default():
    columns = pair_columns(encoder("text", 1, 6), encoder("protein", 2, 4))
    assert columns == {
        "model_a": "text",
        "init_a": "pretrained",
        "stage_a": "initial",
        "seed_a": 1,
        "layer_a": 6,
        "model_b": "protein",
        "init_b": "pretrained",
        "stage_b": "initial",
        "seed_b": 2,
        "layer_b": 4,
        "last": True,
    }
    assert not pair_columns(encoder("text", 1, 6), encoder("protein", 2, 4), 6, 0)["last"]
    assert pair_columns(encoder("text", 1, 6), encoder("protein", 2, 4), 6, 4)["last"]


def test_swapped_sides():
    text, protein = encoder("text", 1, 6), encoder("protein", 2, 4)
    assert swap_sides(pair_columns(text, protein, 5, 3)) == pair_columns(protein, text, 3, 5)
