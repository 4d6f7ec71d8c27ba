"""What of a published configuration reaches transformers."""

import dataclasses
import json
import sys
from importlib import import_module

import pytest

from beyondtext.core.errors import InputError
from beyondtext.models.architecture import FAMILIES, encoder_settings, parameter_bytes
from beyondtext.models.loading import load_encoder
from tiny import tiny_model

SETTINGS = {
    "vocab_size": 60,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}
HOSTILE = {
    "_attn_implementation": "somebody/their-kernel",
    "attn_implementation": "somebody/their-kernel",
    "_attn_implementation_internal": "flash_attention_2",
    "_experts_implementation": "somebody/their-kernel",
    "auto_map": {"AutoModel": "somebody/repository--modeling.Evil"},
    "trust_remote_code": True,
    "architectures": ["os.system"],
    "torch_dtype": "float16",
    "dtype": "no_such_type",
    "quantization_config": {"quant_method": "bitsandbytes"},
    "id2label": {"one": 1},
    "num_labels": 10**9,
    "problem_type": "none",
    "output_attentions": True,
    "output_hidden_states": "yes",
    "return_dict": False,
    "torchscript": True,
    "chunk_size_feed_forward": 7,
    "head_dim": 3,
    "is_causal": True,
    "sliding_window": 2,
    "layer_types": ["sliding_attention"],
    "per_layer_config": {"0": {"hidden_size": 1}},
    "gradient_checkpointing": True,
    "transformers_weights": "/etc/passwd",
    "name_or_path": "../../evil",
    "__class__": "x",
    "to_dict": None,
    "post_init": 3,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_keys_that_do_not_describe_the_architecture_are_ignored(family):
    assert encoder_settings({**SETTINGS, **HOSTILE, "to_dict": 3}, family) == SETTINGS


@pytest.mark.parametrize("family", FAMILIES)
def test_every_key_that_is_passed_on_is_one_of_the_familys(family):
    name = FAMILIES[family].name
    own = import_module(f"transformers.models.{family}.configuration_{family}")
    fields = {field.name for field in dataclasses.fields(getattr(own, f"{name}Config"))}
    known = FAMILIES[family]
    unknown = {*SETTINGS, *known.numbers, *known.choices} - fields
    # Each has one value only, which is that of the architecture.
    assert unknown <= {"position_embedding_type", "hidden_act"}
    assert all(len(known.choices[key]) == 1 for key in unknown)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_hostile_configuration_gives_the_encoder_that_was_asked_for(tmp_path, family):
    definition, files = tiny_model(tmp_path, family)
    expected = load_encoder(definition, files, "scratch", 3)
    settings = json.loads(files["config.json"].read_text())
    files["config.json"].write_text(json.dumps({**settings, **HOSTILE}))
    before = set(sys.modules)
    encoder = load_encoder(definition, files, "scratch", 3)
    assert not {name for name in set(sys.modules) - before if "kernels" in name or "dynamic" in name}
    assert encoder.config._attn_implementation == "eager"
    assert encoder.config.to_dict() == expected.config.to_dict()
    assert all((a == b).all() for a, b in zip(encoder.parameters(), expected.parameters(), strict=True))


def test_null_is_the_same_as_missing():
    assert encoder_settings({**SETTINGS, "pad_token_id": None, "hidden_act": None}, "bert") == SETTINGS


@pytest.mark.parametrize("key", SETTINGS)
@pytest.mark.parametrize("value", [None, "missing"])
def test_a_size_cannot_be_left_out(key, value):
    settings = {**SETTINGS, key: value} if value is None else {k: v for k, v in SETTINGS.items() if k != key}
    with pytest.raises(InputError, match=rf"^{key} is missing; give the model's own config\.json$"):
        encoder_settings(settings, "bert")


NOT_WHOLE = [True, False, "768", 768.0, [768], {"a": 1}, float("nan"), float("inf"), ""]


@pytest.mark.parametrize("key", [*SETTINGS, "pad_token_id", "type_vocab_size"])
@pytest.mark.parametrize("value", NOT_WHOLE, ids=repr)
def test_a_size_is_a_whole_number(key, value):
    with pytest.raises(InputError, match=rf"^{key} is .*, not a whole number; give"):
        encoder_settings({**SETTINGS, key: value}, "bert")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("num_hidden_layers", 10_000_000),
        ("num_hidden_layers", 0),
        ("hidden_size", -16),
        ("hidden_size", 2**31),
        ("vocab_size", 10**4000),
        ("vocab_size", 0),
        ("num_attention_heads", 0),
        ("max_position_embeddings", 2),
        ("max_position_embeddings", 10**12),
        ("intermediate_size", -1),
        ("pad_token_id", -5),
        ("type_vocab_size", 0),
        ("hidden_dropout_prob", 1.0),
        ("hidden_dropout_prob", -0.1),
        ("attention_probs_dropout_prob", float("nan")),
        ("layer_norm_eps", 0),
        ("layer_norm_eps", float("inf")),
        ("initializer_range", -0.02),
        ("initializer_range", 10**400),
    ],
)
def test_a_number_out_of_bounds_is_refused(key, value):
    with pytest.raises(
        InputError, match=rf"^{key} is .*, but it must be from .* to .*; give the model's own"
    ) as caught:
        encoder_settings({**SETTINGS, key: value}, "bert")
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", ["0.1", True, [0.1], None])
def test_a_probability_is_a_number(value):
    settings = {**SETTINGS, "hidden_dropout_prob": value}
    if value is None:
        assert encoder_settings(settings, "bert") == SETTINGS
    else:
        with pytest.raises(InputError, match=r"^hidden_dropout_prob is .*, not a number"):
            encoder_settings(settings, "bert")


@pytest.mark.parametrize(
    ("family", "changes", "message"),
    [
        ("bert", {"model_type": "roberta"}, r"model_type is 'roberta', but the model's definition says family: bert"),
        ("bert", {"model_type": "distilbert"}, r"model_type is 'distilbert'"),
        ("esm", {"model_type": ["esm"]}, r"model_type is \['esm'\]"),
        ("bert", {"is_decoder": True}, "is_decoder is True, but only encoders"),
        ("bert", {"add_cross_attention": 1}, "add_cross_attention is 1, but only encoders"),
        ("roberta", {"is_encoder_decoder": "no"}, "is_encoder_decoder is 'no', but only encoders"),
        ("esm", {"is_folding_model": True}, "is_folding_model is True, but only encoders"),
        ("bert", {"hidden_act": "xielu"}, r"hidden_act is 'xielu', but .* if it is gelu or gelu_new or"),
        ("bert", {"hidden_act": ["gelu"]}, r"hidden_act is \['gelu'\]"),
        ("bert", {"hidden_act": {"gelu": 1}}, r"hidden_act is \{'gelu': 1\}"),
        ("esm", {"hidden_act": "relu"}, "hidden_act is 'relu', but a model of the family esm"),
        (
            "bert",
            {"position_embedding_type": "relative_key"},
            "position_embedding_type is 'relative_key', but .* absol",
        ),
        ("bert", {"position_embedding_type": "rotary"}, "position_embedding_type is 'rotary'"),
        ("esm", {"token_dropout": "true"}, "token_dropout is 'true', but .* if it is true or false"),
        ("esm", {"emb_layer_norm_before": 1}, "emb_layer_norm_before is 1"),
        ("esm", {"token_dropout": True}, "token_dropout is true, but mask_token_id is missing"),
        ("esm", {"mask_token_id": 60}, "mask_token_id is 60, but vocab_size is 60"),
        ("esm", {"rope_theta": 0}, "rope_theta is 0, but it must be from 1.0 to"),
        ("bert", {"pad_token_id": 3_000_000}, "pad_token_id is 3000000, but vocab_size is 60"),
        (
            "bert",
            {"num_attention_heads": 3},
            "hidden_size is 16 and num_attention_heads 3, but .* multiple of the second",
        ),
        ("albert", {"num_attention_heads": 5}, "hidden_size is 16 and num_attention_heads 5"),
        (
            "esm",
            {"num_attention_heads": 16, "position_embedding_type": "rotary"},
            "hidden_size .* multiple of twice the second",
        ),
        ("albert", {"num_hidden_groups": 3}, "num_hidden_groups is 3, but num_hidden_layers only 2"),
        (
            "albert",
            {"inner_group_num": 2},
            "inner_group_num is 2, but .* can only be read if it is 1; use another model",
        ),
        ("albert", {"embedding_size": 2.5}, "embedding_size is 2.5, not a whole number"),
        (
            "roberta",
            {"max_position_embeddings": 4},
            "max_position_embeddings is 4, of which a model of the family roberta .* first 2",
        ),
        ("roberta", {"pad_token_id": 39}, "max_position_embeddings is 40, .* pad_token_id 39 cannot use the first 40"),
    ],
)
def test_values_that_do_not_fit_are_refused(family, changes, message):
    with pytest.raises(InputError, match=f"^{message}"):
        encoder_settings({**SETTINGS, **changes}, family)


@pytest.mark.parametrize(
    ("family", "model_type"),
    [("roberta", "xlm-roberta"), ("roberta", "camembert"), ("albert", "albert"), ("esm", None)],
)
def test_architectures_with_two_names_are_one_family(family, model_type):
    assert encoder_settings({**SETTINGS, "model_type": model_type}, family) == SETTINGS


@pytest.mark.parametrize(("family", "own"), [("bert", {}), ("albert", {"embedding_size": 8}), ("esm", {})])
def test_the_memory_of_the_parameters_is_estimated(tmp_path, family, own):
    sizes = {"hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 4, "vocab_size": 500}
    definition, files = tiny_model(tmp_path, family, **sizes, **own)
    encoder = load_encoder(definition, files, "scratch", 0)
    settings = encoder_settings(json.loads(files["config.json"].read_text()), family)
    actual = 4 * sum(parameter.numel() for parameter in encoder.parameters())
    assert parameter_bytes(settings) == pytest.approx(actual, rel=0.05)
