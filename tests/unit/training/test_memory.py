"""The estimate of the memory of training, compared with what autograd saves and what a process takes."""

import platform
import subprocess
import sys

import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertModel

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.models import kernels
from beyondtext.models.classifier import SequenceModel
from beyondtext.models.device import Compute
from beyondtext.training import memory

SHAPE = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 8, "intermediate_size": 512}
CPU = Compute(torch.device("cpu"), "float32")
GLIBC = platform.libc_ver()[0] == "glibc"


def test_training_that_does_not_fit_is_refused_and_the_memory_it_needs_is_named(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda device: 200e6)
    config = BertConfig(**SHAPE)
    memory.refuse_too_large(config, 10**6, 2, 64, CPU)
    with pytest.raises(
        InputError, match=r"64 sequences of up to 512 tokens needs about 4\.9 GB .* 0\.2 GB are free on cpu"
    ):
        memory.refuse_too_large(config, 10**6, 64, 512, CPU)


def test_on_a_gpu_the_pool_of_the_graphs_and_scoring_count_and_attention_weights_do_not():
    """By hand: 2 layers of width 8, feed-forward width 16, batches of 3 sequences of 5 tokens, 100 weights."""
    config = BertConfig(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16)
    pool = 2 * 3 * 5 * (13 * 8 + 3 * 16)
    scoring = 256 * 5 * (6 * 8 + 2 * 16)
    assert memory.training_bytes(config, 100, 3, 5, "float32", on_gpu=True) == 5 * 400 + 4 * (pool + scoring)
    assert memory.training_bytes(config, 100, 3, 5, "bfloat16", on_gpu=True) == 5 * 400 + 2 * (pool + scoring + 100)


def saved_bytes(batch, tokens, layers, hidden, heads, feed_forward):
    """Bytes that autograd saves for the backward pass of a BERT with this project's kernels, without its weights."""
    config = BertConfig(
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=feed_forward,
        vocab_size=50,
        attn_implementation=kernels.BLOCKED_ATTENTION,
    )
    model = SequenceModel(BertModel(config, add_pooling_layer=False), "mean", 2)
    kernels.replace_modules(model)
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    saved, tensors = {}, []

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            saved[storage.data_ptr()] = storage.nbytes()
            tensors.append(tensor)  # alive, so that no address is used twice
        return tensor

    ids = torch.randint(1, 50, (batch, tokens))
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(ids, torch.ones_like(ids))
    return sum(saved.values())


@pytest.mark.parametrize("batch", [2, 3])
@pytest.mark.parametrize("tokens", [8, 24])
@pytest.mark.parametrize(("hidden", "heads", "feed_forward"), [(16, 2, 32), (16, 4, 32), (32, 2, 32), (16, 2, 64)])
def test_the_saved_tensors_of_a_layer_are_those_that_autograd_saves(batch, tokens, hidden, heads, feed_forward):
    """Exactly, except for the mean and the standard deviation of each token in two LayerNorms."""
    two, three = (saved_bytes(batch, tokens, layers, hidden, heads, feed_forward) for layers in (2, 3))
    per_token = memory.SAVED_PER_HIDDEN * hidden + memory.SAVED_PER_FEED_FORWARD * feed_forward
    per_token += memory.SAVED_PER_ATTENTION_WEIGHT * heads * tokens
    layer_norms = 4
    assert three - two == 4 * batch * tokens * (per_token + layer_norms)


def test_the_optimizer_keeps_as_many_copies_of_the_weights_as_the_estimate_says():
    """In addition to the weight, its gradient and the weights of the best step: what AdamW keeps."""
    weight = torch.nn.Parameter(torch.ones(100))
    optimizer = torch.optim.AdamW([weight], fused=True)
    weight.square().sum().backward()
    optimizer.step()
    moments = [value for value in optimizer.state[weight].values() if value.numel() == 100]
    assert 3 + len(moments) == memory.COPIES


def test_the_estimate_is_near_what_a_process_takes():
    """Within a quarter, for a shape where attention weights dominate and for one where they do not.

    The peak is read from /proc: that of getrusage includes what the parent, here pytest, had before exec.
    """
    program = r"""
import os, re, torch
from transformers.models.bert.modeling_bert import BertConfig, BertModel
from beyondtext.models import kernels
from beyondtext.models.classifier import SequenceModel
from beyondtext.training.memory import keep_freed_memory
keep_freed_memory()
torch.set_num_threads(1)
for batch, tokens in CASES:
    if os.fork():  # a process for each case: a peak never falls
        os.wait()
        continue
    config = BertConfig(**SHAPE, vocab_size=100, attn_implementation=kernels.BLOCKED_ATTENTION)
    model = SequenceModel(BertModel(config, add_pooling_layer=False), "mean", 2)
    kernels.replace_modules(model)
    peak = lambda: 1024 * int(re.search("VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1])
    weights = 4 * sum(parameter.numel() for parameter in model.parameters())
    before = peak()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    for _ in range(2):
        ids = torch.randint(1, 100, (batch, tokens))
        model(ids, torch.ones_like(ids)).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    best = {name: value.clone() for name, value in model.state_dict().items()}
    print(weights // 4, peak() - before + weights, flush=True)
    os._exit(0)
"""
    cases = ((128, 64), (16, 512))
    printed = run_program(program.replace("SHAPE", repr(SHAPE)).replace("CASES", repr(cases)))
    for (batch, tokens), line in zip(cases, printed.splitlines(), strict=True):
        parameters, taken = map(int, line.split())
        estimate = memory.training_bytes(BertConfig(**SHAPE), parameters, batch, tokens)
        assert 0.75 < estimate / taken < 1.25, (batch, tokens, estimate, taken)


@pytest.mark.skipif(not GLIBC, reason="mallopt is glibc's")
def test_freed_memory_stays_with_the_process():
    """A block of 256 MB, written and freed, leaves the process by default, and stays after `keep_freed_memory`."""
    program = r"""
import ctypes, re
from beyondtext.training.memory import keep_freed_memory
library = ctypes.CDLL("libc.so.6")
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]
resident = lambda: 1024 * int(re.search("VmRSS:\s+(\d+) kB", open("/proc/self/status").read())[1])

def left_after_free(size=2**28):
    before = resident()
    block = library.malloc(size)
    ctypes.memset(block, 1, size)
    library.free(block)
    return (resident() - before) / size

print(left_after_free(), keep_freed_memory(), left_after_free())
"""
    by_default, accepted, kept = run_program(program).split()
    assert accepted == "True"
    assert float(by_default) < 0.1 and float(kept) > 0.9


def test_another_c_library_is_left_alone(monkeypatch):
    def missing(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(memory.ctypes, "CDLL", missing)
    assert memory.keep_freed_memory() is False


def run_program(program):
    """Run Python code in a process of its own; return what it printed."""
    return subprocess.run(
        [sys.executable, "-c", program], cwd=paths.ROOT / "scripts", check=True, capture_output=True, text=True
    ).stdout
