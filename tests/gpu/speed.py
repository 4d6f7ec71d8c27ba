"""How fast training is: ours and transformers' Trainer in turns, and many short runs in one process."""

import io
import statistics
import tempfile
import time
from contextlib import redirect_stdout

import torch

from beyondtext.training.lanes import Lane, take_turns
from beyondtext.training.loop import steps_of_training
from made_up import BERT_BASE, MINILM, TINY, VOCABULARY, Shape, settings, setup, synchronize

SHAPES = [
    Shape("BERT-base", BERT_BASE, 32, 128),
    Shape("BERT-base", BERT_BASE, 16, 512),
    Shape("MiniLM", MINILM, 8, 62),
    Shape("MiniLM", MINILM, 16, 128),
]
WARM_UP, STEPS, ROUNDS = 5, 30, 3
TARGETS = {"BERT-base 32 x 128": 3.0, "MiniLM 8 x 62": 8.0}  # times Trainer in bfloat16, on an H100
RUNS, RUN_STEPS, AT_A_TIME, RUNS_PER_MINUTE = 16, 100, 8, 20


def steps(compute, quick):
    """Print the milliseconds of a step at each shape, ours and Trainer's."""
    shapes = [Shape("tiny", TINY, 8, 62)] if quick else SHAPES
    contenders = {"ours": ours, **trainers(compute)}
    peak = peak_flops(compute, quick)
    rounds = 1 if quick else ROUNDS
    print(f"milliseconds a step, medians of rounds: {rounds}; peak {peak / 1e12:.1f} TFLOP/s in large products")
    others = [name for name in contenders if name != "ours"]
    print(f"{'shape':22}{'ours':>8}{'of peak':>9}" + "".join(f"{name:>16}{'ratio':>7}" for name in others))
    for shape in shapes:
        times = {name: [] for name in contenders}
        for _ in range(rounds):
            for name, measure in contenders.items():
                times[name].append(measure(shape, compute))
        median = {name: statistics.median(values) for name, values in times.items()}
        row = f"{shape!s:22}{1e3 * median['ours']:8.2f}{shape.operations() / median['ours'] / peak:9.0%}"
        for name in others:
            row += f"{1e3 * median[name]:16.2f}{median[name] / median['ours']:7.2f}"
        print(row + verdict(shape, median, compute, quick), flush=True)
    if not others:
        print("Trainer was not measured: it needs the package accelerate")
    print()


def verdict(shape, median, compute, quick):
    target, name = TARGETS.get(str(shape)), "Trainer bf16"
    if quick or target is None or name not in median or compute.device.type != "cuda":
        return ""
    return f"   {'met' if median[name] / median['ours'] >= target else 'MISSED'}: at least {target:g} times"


def ours(shape, compute):
    """Seconds a step of the training loop."""
    made = setup(shape, compute)
    loop = steps_of_training(made, settings(shape, WARM_UP + STEPS + 1), compute, 0)
    for _ in range(WARM_UP + 1):  # and step 0
        next(loop)
    synchronize(compute)
    started = time.perf_counter()
    for _ in range(STEPS):
        next(loop)
    synchronize(compute)
    return (time.perf_counter() - started) / STEPS


def trainers(compute):
    """Trainer in the precisions to compare with, or nothing where it is not installed."""
    try:
        import accelerate  # noqa: F401
    except ImportError:
        return {}
    contenders = {"Trainer fp32": lambda shape, compute: trainer(shape, compute, False)}
    if compute.precision == "bfloat16":
        contenders["Trainer bf16"] = lambda shape, compute: trainer(shape, compute, True)
    return contenders


def trainer(shape, compute, bf16):
    """Seconds a step of transformers' Trainer with its defaults."""
    from transformers import BertForSequenceClassification, Trainer, TrainerCallback, TrainingArguments

    class Clock(TrainerCallback):
        def on_step_end(self, arguments, state, control, **rest):
            if state.global_step in (WARM_UP, WARM_UP + STEPS):
                synchronize(compute)
                self.seconds = time.perf_counter() - getattr(self, "seconds", 0)

    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(1, VOCABULARY, (shape.batch * (WARM_UP + STEPS), shape.tokens), generator=generator)
    mask = torch.ones(shape.tokens, dtype=torch.int64)
    rows = [{"input_ids": row, "attention_mask": mask, "labels": place % 2} for place, row in enumerate(ids)]
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=shape.batch,
            max_steps=WARM_UP + STEPS,
            bf16=bf16,
            use_cpu=compute.device.type == "cpu",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        model = BertForSequenceClassification(shape.config())
        with redirect_stdout(io.StringIO()):  # it prints its losses
            Trainer(model, arguments, train_dataset=rows, callbacks=[clock]).train()
    return clock.seconds / STEPS


def peak_flops(compute, quick):
    """Floating-point operations a second in large products, in the precision of training."""
    size = 512 if quick else 8192
    a, b = torch.randn(2, size, size, device=compute.device, dtype=getattr(torch, compute.precision))
    times = []
    for _ in range(10):
        synchronize(compute)
        started = time.perf_counter()
        a @ b
        synchronize(compute)
        times.append(time.perf_counter() - started)
    return 2 * size**3 / statistics.median(times[2:])


def short_runs(compute, quick):
    """Print how many short runs a minute one process makes, and the milliseconds of a step of one of them."""
    shape = Shape("tiny", TINY, 8, 62) if quick else Shape("MiniLM", MINILM, 8, 62)
    count, length = (4, 20) if quick else (RUNS, RUN_STEPS)

    def run(seed):
        made = setup(shape, compute, seed=seed)
        yield from steps_of_training(made, settings(shape, length), compute, seed)

    for lanes in (1, AT_A_TIME):
        started = time.perf_counter()
        take_turns(map(run, range(count)), [Lane(compute.device) for _ in range(lanes)])
        synchronize(compute)
        seconds = time.perf_counter() - started
        per_minute = 60 * count / seconds
        row = f"{count} runs of {length} steps of {shape}, {lanes} at a time: {per_minute:.0f} runs a minute"
        row += f", {1e3 * seconds / count / length:.2f} ms a step of one run, with setting up and scoring"
        if lanes > 1 and not quick and compute.device.type == "cuda":
            row += f"   {'met' if per_minute >= RUNS_PER_MINUTE else 'MISSED'}: at least {RUNS_PER_MINUTE}"
        print(row, flush=True)
    print()


REPORTS = [steps, short_runs]
