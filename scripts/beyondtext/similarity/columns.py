"""The columns of the similarity table that identify what a row compares."""

ENCODER_KEYS = ("model", "init", "stage", "seed")


def pair_columns(a, b, layer_a=None, layer_b=None):
    """The columns for a layer of encoder a and a layer of encoder b.

    Parameters
    ----------
    a, b : Activations
    layer_a, layer_b : int, optional
        By default the last layers.
    """
    layers = [encoder.last_layer if layer is None else layer for encoder, layer in ((a, layer_a), (b, layer_b))]
    columns = {}
    for side, encoder, layer in zip("ab", (a, b), layers, strict=True):
        columns |= {f"{key}_{side}": encoder.identity[key] for key in ENCODER_KEYS}
        columns[f"layer_{side}"] = layer
    return {**columns, "last": layers == [a.last_layer, b.last_layer]}


def swap_sides(row):
    """The row with its two sides exchanged; the order of the columns stays."""
    sides = (("a", "b"), ("b", "a"))
    return row | {f"{key}_{side}": row[f"{key}_{other}"] for key in (*ENCODER_KEYS, "layer") for side, other in sides}
