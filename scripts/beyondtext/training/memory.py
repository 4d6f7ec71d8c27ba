"""The memory of training: how much it will take, so that what does not fit is refused, and how it is reused."""

import ctypes

from beyondtext.core.errors import InputError
from beyondtext.models.device import free_memory

# Numbers kept for the backward pass, found by counting the tensors of one encoder layer: for each token
# this many times the hidden size and the width of the feed-forward part, and for each attention weight
# itself and its mask.
PER_HIDDEN = 14
PER_FEED_FORWARD = 3
PER_ATTENTION_WEIGHT = 1.5
COPIES = 5  # of each weight: itself, its gradient, two moments of AdamW and the best step's value; all float32
BYTES = {"float32": 4, "bfloat16": 2}
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # glibc's numbers for mallopt(3)


def training_bytes(config, parameters, batch, tokens, precision="float32", fused=False):
    """An estimate of what training takes beyond the program itself, in bytes.

    Parameters
    ----------
    config : transformers.PretrainedConfig
        The encoder's.
    parameters : int
        Numbers in the model.
    batch, tokens : int
        Sequences in a batch, and tokens in the longest.
    precision : {"float32", "bfloat16"}
    fused : bool
        Whether attention weights are computed anew in the backward pass, as on a GPU.
    """
    per_token = PER_HIDDEN * config.hidden_size + PER_FEED_FORWARD * config.intermediate_size
    if not fused:
        per_token += PER_ATTENTION_WEIGHT * config.num_attention_heads * tokens
    kept = config.num_hidden_layers * batch * tokens * per_token
    return COPIES * parameters * BYTES["float32"] + kept * BYTES[precision]


def refuse_too_large(config, parameters, batch, tokens, precision, device):
    """Raise `InputError` if training would take more memory than the device has free."""
    needed = training_bytes(config, parameters, batch, tokens, precision, fused=device.type == "cuda")
    free = free_memory(device)
    if needed > free:
        raise InputError(
            f"a batch of {batch} sequences of up to {tokens} tokens needs about {needed / 1e9:.1f} GB of memory in "
            f"training, but {free / 1e9:.1f} GB are free on {device.type}; lower batch_size, or the task's max_length"
        )


def keep_freed_memory():
    """Have the C library keep what is freed, where it is glibc; elsewhere do nothing.

    Left alone, it returns each large tensor to the system, which hands out cleared pages when the next
    step makes the same tensor again.
    """
    try:
        library = ctypes.CDLL("libc.so.6")
    except OSError:  # another system, or another C library
        return
    library.mallopt(M_MMAP_MAX, 0)
    library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
