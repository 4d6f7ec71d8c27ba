"""The memory of training: an estimate, so that a run that cannot fit fails early, and how freed memory is reused."""

import ctypes

from beyondtext.core.errors import InputError
from beyondtext.models.device import free_memory
from beyondtext.study.shape import COPIES
from beyondtext.training.scoring import SCORING_BATCH

# Numbers that a training step keeps per encoder layer. Those that autograd saves for the backward pass on a CPU follow
# from the layer's operations, and a test compares them with what it really saves: for each token, these multiples of
# the hidden size and of the width of the feed-forward part, and for each attention weight, the weight itself (4 bytes)
# and the 16 random bits of its dropout (2 bytes).
SAVED_PER_HIDDEN = 9
SAVED_PER_FEED_FORWARD = 2
SAVED_PER_ATTENTION_WEIGHT = 1.5
# Gradients and other temporary tensors, as multiples of the same sizes. They are fitted: with them, the estimate is
# within a quarter of the peak that a process reaches, as another test confirms.
TEMPORARY_PER_HIDDEN = 4
TEMPORARY_PER_FEED_FORWARD = 1
# What a forward pass without gradients has at one time: the tensors of one layer.
FORWARD_PER_HIDDEN = 6
FORWARD_PER_FEED_FORWARD = 2
BYTES = {"float32": 4, "bfloat16": 2}
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # parameters of mallopt(3), from glibc's malloc.h


def training_bytes(config, parameters, batch, tokens, precision="float32", on_gpu=False):
    """Estimate the memory of training beyond that of the program itself, in bytes.

    On a GPU, attention weights are recomputed in the backward pass, so they are not kept. The step is a graph with a
    pool of memory that nothing else uses, so that scoring, whose batches are large, needs memory in addition. On a
    processor, scoring uses the memory that training has freed.

    Parameters
    ----------
    config : transformers.PretrainedConfig
        The encoder's.
    parameters : int
        Trainable numbers in the model.
    batch, tokens : int
        Sequences in a batch, and tokens in the longest.
    precision : {"float32", "bfloat16"}
    on_gpu : bool

    Returns
    -------
    float
    """
    per_token = (SAVED_PER_HIDDEN + TEMPORARY_PER_HIDDEN) * config.hidden_size
    per_token += (SAVED_PER_FEED_FORWARD + TEMPORARY_PER_FEED_FORWARD) * config.intermediate_size
    if not on_gpu:
        per_token += SAVED_PER_ATTENTION_WEIGHT * config.num_attention_heads * tokens
    activations = config.num_hidden_layers * batch * tokens * per_token
    if on_gpu:
        scored = FORWARD_PER_HIDDEN * config.hidden_size + FORWARD_PER_FEED_FORWARD * config.intermediate_size
        activations += SCORING_BATCH["cuda"] * tokens * scored
        if precision == "bfloat16":
            activations += parameters  # the weights as the products take them
    return COPIES * parameters * BYTES["float32"] + activations * BYTES[precision]


def refuse_too_large(config, parameters, batch, tokens, compute):
    """Raise `InputError` if training would need more memory than the device has free.

    Parameters
    ----------
    config, parameters, batch, tokens
        As for `training_bytes`.
    compute : beyondtext.models.device.Compute
    """
    device = compute.device
    needed = training_bytes(config, parameters, batch, tokens, compute.precision, on_gpu=device.type == "cuda")
    free = free_memory(device)
    if needed > free:
        raise InputError(
            f"training on batches of {batch} sequences of up to {tokens} tokens needs about {needed / 1e9:.1f} GB of "
            f"memory, but {free / 1e9:.1f} GB are free on {device.type}; lower batch_size, or the task's max_length"
        )


def keep_freed_memory():
    """Make glibc's malloc keep freed memory for reuse; with another C library, do nothing.

    By default, glibc takes each large tensor from the system and gives it back when it is freed. The system then has to
    clear the pages again for the same tensor of the next step, which costs a noticeable part of a small model's step.
    It is for training only: the extraction of activations is faster with it as well, but needs much more memory.
    torch has no setting for this, so the C library is called directly: ``M_MMAP_MAX`` 0 makes large blocks part of the
    heap, and the largest ``M_TRIM_THRESHOLD`` keeps the heap from shrinking.

    Returns
    -------
    bool
        Whether the C library accepted both.
    """
    try:
        library = ctypes.CDLL("libc.so.6")
    except OSError:  # not Linux, or not glibc
        return False
    return library.mallopt(M_MMAP_MAX, 0) == 1 and library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1) == 1
