"""The checks: each returns a detail for the table, or None if it needs a GPU, and raises AssertionError if it fails."""

import os
import subprocess
import sys

import numpy as np
import torch

from beyondtext.core.errors import InputError
from beyondtext.models.batches import training_batches
from beyondtext.models.device import Compute, full_memory_explained
from beyondtext.training.checkpoint import Checkpoint
from beyondtext.training.graphs import GraphedUpdate
from beyondtext.training.lanes import Lane, take_turns
from beyondtext.training.loop import complete, steps_of_training
from beyondtext.training.memory import refuse_too_large, training_bytes
from beyondtext.training.step import TrainingSplit, make_update
from made_up import BERT_BASE, MINILM, TINY, Shape, capture, settings, setup

BFLOAT16_NOISE = 0.02  # of a cross-entropy near 0.7, after up to 50 updates
ROUNDING = 1e-5  # of a float32 loss, when a GPU adds in another order


def small(quick):
    """The shape of most checks: sequences of 20 to 62 tokens."""
    return Shape("tiny", TINY, 8, 62) if quick else Shape("MiniLM", MINILM, 8, 62)


def few_shapes(compute, quick, folder):
    """Padding to few widths and filling up a batch leave the loss as it is."""
    exact = Compute(compute.device, "float32")
    largest = 0
    for count in (1, 5, 8):
        losses = []
        for shapes in (False, True):
            made = setup(small(quick), exact, shortest=20)
            made.model.eval()
            optimizer = torch.optim.SGD(made.model.parameters(), lr=0.0)
            batch = TrainingSplit(made, 8, compute.device, shapes).batch(np.arange(count))
            losses.append(make_update(made, settings(small(quick), 1), exact, optimizer)(batch).item())
        largest = max(largest, abs(losses[0] - losses[1]))
    assert largest < ROUNDING, f"the loss differs by {largest:.1g}"
    return f"largest difference {largest:.1g}"


def graph_equals_eager(compute, quick, folder):
    """Captured and eager steps agree, for 50 steps with dropout."""
    losses = {captured: losses_of_steps(compute, quick, captured) for captured in (False, True)}
    largest = (losses[True] - losses[False]).abs().max().item()
    assert largest < BFLOAT16_NOISE, f"losses differ by up to {largest:.3g}"
    return f"losses of 50 steps differ by at most {largest:.2g}"


def graph_repeats(compute, quick, folder):
    """The same run gives the same bytes, and draws new dropout masks at each step."""
    one, two = (losses_of_steps(compute, quick, captured=True) for _ in range(2))
    assert torch.equal(one, two), f"losses differ by up to {(one - two).abs().max().item():.3g}"
    still = losses_of_steps(compute, quick, captured=True, rate=0.0, same_batch=True)
    assert len(set(still.tolist())) > 45, "with the learning rate 0, losses of one batch repeat"
    return "50 losses equal; with the learning rate 0, losses of one batch differ"


def losses_of_steps(compute, quick, captured, rate=1e-4, same_batch=False):
    """The losses of 50 steps, on the CPU."""
    shape = small(quick)
    made = setup(shape, compute, shortest=20)
    optimizer = torch.optim.AdamW(made.model.parameters(), fused=True, capturable=compute.device.type == "cuda")
    split = TrainingSplit(made, shape.batch, compute.device, few_shapes=True)
    drawn = training_batches(made.data["train"].lengths, shape.batch, 0)
    batches = [next(drawn) for _ in range(50)]
    if same_batch:
        batches = [batches[0]] * 50
    torch.manual_seed(1)
    update = make_update(made, settings(shape, 50), compute, optimizer)
    if captured:
        graphed = GraphedUpdate(update, made.model, optimizer, split.one_of_each_width(batches), capture(compute))
        losses = [graphed(split.batch(rows), rate).clone() for rows in batches]
    else:
        for group in optimizer.param_groups:
            group["lr"] = rate
        losses = [update(split.batch(rows)) for rows in batches]
    return torch.stack(losses).cpu()


class InterruptedRunError(Exception):
    """Stands for the end of the process."""


class InterruptedCheckpoint(Checkpoint):
    """A checkpoint that ends the run when it has saved the state after a given step."""

    def __init__(self, path, last_step):
        super().__init__(path, {}, 0)
        self.last_step = last_step

    def save(self, state):
        super().save(state)
        if state["next_step"] == self.last_step + 1:
            raise InterruptedRunError


def resume(compute, quick, folder):
    """A run that ends after any step and resumes gives the bytes of a whole one."""
    expected = outcome(train_small(compute, quick))
    for last_step in (0, 7, 19):
        path = folder / str(last_step)
        try:
            train_small(compute, quick, checkpoint=InterruptedCheckpoint(path, last_step))
        except InterruptedRunError:
            torch.manual_seed(99)
        else:
            raise AssertionError("the run was not interrupted")
        resumed = outcome(train_small(compute, quick, checkpoint=Checkpoint(path, {}, 1e9)))
        assert resumed == expected, f"after step {last_step} it differs"
    return "interrupted after steps 0, 7 and 19 of 24"


def train_small(compute, quick, seed=0, checkpoint=None):
    """Train for 24 steps; return the setup and the curve."""
    shape = small(quick)
    made = setup(shape, compute, shortest=20, seed=seed)
    plan = settings(shape, 24, evaluations=3)
    curve, _ = complete(steps_of_training(made, plan, compute, seed, checkpoint=checkpoint))
    return made, curve


def outcome(trained):
    """The curve and the weights of a run, to be compared byte by byte."""
    made, curve = trained
    rows = [{key: value for key, value in row.items() if key != "seconds"} for row in curve]
    weights = [parameter.detach().float().cpu().numpy().tobytes() for parameter in made.model.parameters()]
    return rows, weights


def together(compute, quick, folder):
    """Runs that share the device have the bytes of runs alone."""
    shape, seeds = small(quick), range(5)
    alone = [outcome(train_small(compute, quick, seed)) for seed in seeds]
    outcomes = {}

    def run(seed):
        made = setup(shape, compute, shortest=20, seed=seed)
        curve, _ = yield from steps_of_training(made, settings(shape, 24, evaluations=3), compute, seed)
        outcomes[seed] = outcome((made, curve))

    take_turns(map(run, seeds), [Lane(compute.device) for _ in range(3)])
    differing = [seed for seed in seeds if outcomes[seed] != alone[seed]]
    assert not differing, f"seeds {differing} of {list(seeds)} differ"
    return "five runs, three at a time"


def memory_estimate(compute, quick, folder):
    """The estimate of the memory is at least what training takes, and at most twice that."""
    if compute.device.type != "cuda":
        return None
    rows = []
    for shape in (Shape("BERT-base", BERT_BASE, 32, 128), Shape("MiniLM", MINILM, 8, 62)):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_reserved()
        made = setup(shape, compute)
        complete(steps_of_training(made, settings(shape, 3), compute, 0))
        taken = torch.cuda.max_memory_reserved() - before
        parameters = sum(parameter.numel() for parameter in made.model.parameters())
        estimate = training_bytes(shape.config(), parameters, shape.batch, shape.tokens, compute.precision, on_gpu=True)
        rows.append((shape, estimate / 1e9, taken / 1e9))
        del made
    text = ", ".join(f"{shape}: estimate {estimate:.2f} GB, taken {taken:.2f} GB" for shape, estimate, taken in rows)
    assert all(taken <= estimate <= 2 * taken for _, estimate, taken in rows), text
    return text


def out_of_memory(compute, quick, folder):
    """Too little memory is one sentence, before training and during it."""
    shape = small(quick)
    config = shape.config()
    try:
        refuse_too_large(config, 10**12, 8, 62, compute)
    except InputError as error:
        sentence = str(error)
    else:
        raise AssertionError("a model of 10^12 parameters was not refused")
    if compute.device.type != "cuda":
        return sentence
    try:
        with full_memory_explained(compute.device):
            torch.empty(10**13, device=compute.device)
    except InputError as error:
        return str(error)
    raise AssertionError("10 TB were allocated")


def devices(compute, quick, folder):
    """A device that is not there is one sentence, and two processes take turns on one card."""
    if compute.device.type != "cuda":
        return None
    code = (
        "import sys\n"
        "from beyondtext.core.errors import command_line\n"
        "from beyondtext.models.device import choose_device\n"
        "@command_line\n"
        "def main(arguments): print(choose_device('cuda', 1), flush=True); input()\n"
        "main()"
    )

    def start(visible):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(folder)}
        if visible is not None:
            environment["CUDA_VISIBLE_DEVICES"] = visible
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen([sys.executable, "-c", code], env=environment, text=True, **pipes)

    none, wrong, first = start(""), start("97"), start(None)
    sentences = [process.communicate("\n")[1].strip() for process in (none, wrong)]
    for process, sentence in zip((none, wrong), sentences, strict=True):
        assert process.returncode == 1 and sentence.count("\n") == 0 and "Traceback" not in sentence, sentence
    assert first.stdout.readline().startswith("cuda"), first.communicate("\n")[1]
    second = start(None)
    assert "waiting" in second.stderr.readline(), "the second process did not wait"
    first.kill()
    assert second.stdout.readline().startswith("cuda"), "the second process did not get the card"
    second.communicate("\n")
    first.communicate()
    return " / ".join(sentences)


CHECKS = [
    few_shapes,
    graph_equals_eager,
    graph_repeats,
    resume,
    together,
    memory_estimate,
    out_of_memory,
    devices,
]
