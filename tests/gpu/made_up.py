"""Models and examples for the checks: of the shapes of real ones, with random weights."""

from dataclasses import dataclass

import numpy as np
import torch
from transformers.models.bert.modeling_bert import BertConfig, BertModel

from beyondtext.models.classifier import SequenceModel
from beyondtext.models.kernels import BLOCKED_ATTENTION, replace_modules
from beyondtext.training.graphs import cuda_graph_capture
from beyondtext.training.settings import TrainingSettings
from beyondtext.training.setup import Setup, Split
from beyondtext.training.targets import ClassTarget

BERT_BASE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
MINILM = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
TINY = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
VOCABULARY = 32
TARGET = ClassTarget(("a", "b"))


@dataclass(frozen=True)
class Shape:
    """A model, and the batches that it is trained on."""

    name: str
    model: dict
    batch: int
    tokens: int

    def __str__(self):
        return f"{self.name} {self.batch} x {self.tokens}"

    def config(self):
        """The model's configuration, a BERT's."""
        return BertConfig(**self.model, vocab_size=VOCABULARY, max_position_embeddings=512)

    def operations(self):
        """Floating-point operations of a step: forward, and backward to inputs and to weights."""
        c = self.config()
        weights = c.num_hidden_layers * (4 * c.hidden_size**2 + 2 * c.hidden_size * c.intermediate_size)
        attention = 2 * c.num_hidden_layers * self.tokens * c.hidden_size  # of a token with all tokens
        return 3 * 2 * self.batch * self.tokens * (weights + attention)


def settings(shape, steps, rate=1e-4, evaluations=1):
    return TrainingSettings(steps, shape.batch, rate, 0.1, 0.0, 1.0, evaluations)


def setup(shape, compute, examples=None, shortest=None, seed=0):
    """A model on its device, and random examples.

    Parameters
    ----------
    shape : Shape
    compute : beyondtext.models.device.Compute
    examples : int, optional
        Training sequences; by default 20 batches.
    shortest : int, optional
        Tokens of the shortest sequence; by default all are of the shape's length.
    seed : int
        Of weights and examples.
    """
    torch.manual_seed(seed)
    on_gpu = compute.device.type == "cuda"
    encoder = BertModel(shape.config(), add_pooling_layer=False)
    encoder.set_attn_implementation("sdpa" if on_gpu else BLOCKED_ATTENTION)
    model = SequenceModel(encoder.train(), "mean", 2).to(compute.device)
    if not on_gpu:
        replace_modules(model)
    generator = np.random.default_rng(seed)

    def split(count):
        lengths = generator.integers(shortest or shape.tokens, shape.tokens + 1, count)
        return Split([generator.integers(1, VOCABULARY, n) for n in lengths], ["a", "b"] * (count // 2))

    data = {"train": split(examples or 20 * shape.batch), "validation": split(32)}
    return Setup(model, data, TARGET, "accuracy", pad=0)


def capture(compute):
    """What captures a step: on a processor, a stand-in that repeats the update."""
    if compute.device.type == "cuda":
        return cuda_graph_capture(compute.device)

    def emulated(update, batch):
        loss = torch.zeros(())
        return (lambda: loss.copy_(update(batch))), loss

    return emulated


def synchronize(compute):
    """Wait until the device has done everything."""
    if compute.device.type == "cuda":
        torch.cuda.synchronize(compute.device)
