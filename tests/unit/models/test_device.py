"""Which card a job gets, and whether what it wants fits."""

import subprocess
import sys
import threading
import time

import pytest
import torch
from transformers import BertConfig

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.models import device
from beyondtext.training import memory

SHAPE = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 8, "intermediate_size": 512}


@pytest.fixture(autouse=True)
def held(monkeypatch):
    """The locks that a test takes, opened after it."""
    locks = []
    monkeypatch.setattr(device, "_held", locks)
    yield locks
    for lock in locks:
        lock.release()


def test_jobs_get_cards_of_their_own_first(tmp_path):
    assert [device.claim_card(["a", "b"], 2, tmp_path) for _ in range(4)] == [0, 1, 0, 1]


def test_a_job_waits_for_a_card_and_says_so(tmp_path, held, capsys):
    device.claim_card(["a"], 1, tmp_path)
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(device.claim_card(["a"], 1, tmp_path, wait=0.01)))
    waiting.start()
    time.sleep(0.1)
    assert taken == []
    held[0].release()
    waiting.join(10)
    assert taken == [0]
    assert "waiting for one of 1 GPUs" in capsys.readouterr().err


def test_a_card_is_free_again_when_its_process_was_killed(tmp_path):
    code = "import sys, time; from beyondtext.models.device import claim_card\n"
    code += "print(claim_card(['a'], 1, sys.argv[1]), flush=True); time.sleep(60)"
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=paths.ROOT / "scripts", stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "0\n"
    child.kill()
    child.wait()
    assert device.claim_card(["a"], 1, tmp_path) == 0


def test_what_does_not_fit_is_refused_with_what_it_needs(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda device: 200e6)
    config = BertConfig(**SHAPE)
    memory.refuse_too_large(config, 10**6, 2, 64, "float32", torch.device("cpu"))
    with pytest.raises(
        InputError, match=r"64 sequences of up to 512 tokens needs about 5\.\d GB .* 0\.2 GB are free on cpu"
    ):
        memory.refuse_too_large(config, 10**6, 64, 512, "float32", torch.device("cpu"))


def test_the_estimate_is_what_a_process_takes():
    """Within a quarter, for a shape whose attention weights are most of it and for one where they are not.

    The peak is read from /proc: that of getrusage counts what the parent, here pytest, held before exec.
    """
    measured = r"""
import os, re, torch
from transformers.models.bert.modeling_bert import BertConfig, BertModel
from beyondtext.models import kernels
from beyondtext.models.classifier import SequenceModel
from beyondtext.training.memory import keep_freed_memory
keep_freed_memory()
torch.set_num_threads(1)
for batch, tokens in CASES:
    if os.fork():  # a process for each: a peak does not go down
        os.wait()
        continue
    config = BertConfig(**SHAPE, vocab_size=100, attn_implementation=kernels.NAME)
    model = SequenceModel(BertModel(config, add_pooling_layer=False), "mean", 2)
    kernels.replace_dropout(model)
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
    said = subprocess.run(
        [sys.executable, "-c", measured.replace("SHAPE", repr(SHAPE)).replace("CASES", repr(cases))],
        cwd=paths.ROOT / "scripts",
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for (batch, tokens), line in zip(cases, said.splitlines(), strict=True):
        parameters, taken = map(int, line.split())
        estimate = memory.training_bytes(BertConfig(**SHAPE), parameters, batch, tokens)
        assert 0.75 < estimate / taken < 1.25, (batch, tokens, estimate, taken)
