"""Time the similarity table's own functions against measures computed from the samples, on this machine.

Two synthetic models write their activation files. For two parts of the similarity table, this program calls the
functions with which `scripts/compare_activations.py` makes its rows:

- last layers: six measures with their jackknife intervals and Gaussian nulls (`last_layer_rows`);
- all layers: debiased CKA with its jackknife intervals, of every layer of one model with every layer of the other
  (`layerwise_rows`).

Both compute everything from sums over tokens, so leaving out one of the twelve blocks of the jackknife is a
subtraction. The reference computes the same values from the samples, as published code does: canonical correlations by
singular value decompositions of the samples, and CKA from features, so no n x n matrix is made on either side. It is
timed for a value on all tokens and for one with a block left out; its time for an interval is one of the former and
twelve of the latter. Its measures are computed one by one, or share the decompositions of a pair. It has no Gaussian
null, and computes PWCCA in one direction only.

Each side runs in a process of its own with one thread, like a job of the workflow. They take turns, with other layers
for the reference in each round. Times are CPU seconds, which other programs on the machine hardly affect.

    python tests/benchmarks/similarity.py
"""

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from beyondtext.similarity.activations import Activations, write_activations  # noqa: E402
from beyondtext.similarity.comparison import Comparison  # noqa: E402
from beyondtext.similarity.last_layer_rows import last_layer_rows  # noqa: E402
from beyondtext.similarity.layerwise_rows import layerwise_rows  # noqa: E402
from beyondtext.similarity.moments import RANK_TOLERANCE  # noqa: E402
from beyondtext.similarity.tokens import BLOCKS, TokenBlocks  # noqa: E402

NAMES = ("cka", "cka_biased", "mean_squared_cca", "pwcca", "svcca", "procrustes")
EACH = 50  # tokens of a sequence
FASTER, MEMORY = 20, 2e9  # the targets
DIFFERENCE = {"last layers": 1e-8, "all layers": 1e-5}  # all layers are compared in float32


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=20_000, help="default: 20000")
    parser.add_argument("--width", type=int, default=768, help="default: 768, as BERT base")
    parser.add_argument("--layers", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worker", choices=["table", "reference"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--pair", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker == "table":
        print(json.dumps(time_table(given.folder)))
    elif given.worker == "reference":
        print(json.dumps(time_reference(given.folder, *given.pair)))
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(given, Path(folder))


def compare(given, folder):
    """Run both sides in turns and print the result."""
    write_models(given, folder)
    generator = np.random.default_rng(1)
    rounds = []
    for _ in range(given.rounds):
        pair = generator.integers(given.layers - 1, size=2).tolist()  # for all layers; last layers are always the last
        table = run("table", folder)
        rounds.append((table, run("reference", folder, "--pair", json.dumps(pair))))

    print(f"{processor()}, {os.cpu_count()} cores, one thread")
    print(f"{given.tokens} tokens, width {given.width}, {given.layers} layers; medians of {given.rounds} rounds")
    ratios, differences = {}, {}
    for part in DIFFERENCE:
        ours = [table["seconds"][part] for table, _ in rounds]
        print(f"\n{part}: CPU seconds for a pair of layers{'value':>15}  with interval")
        print(f"  similarity table                   {statistics.median(ours):30.2f}")
        for way in rounds[0][1][part]["seconds"]:
            values, left_out = zip(*(reference[part]["seconds"][way] for _, reference in rounds), strict=True)
            intervals = [value + BLOCKS * other for value, other in zip(values, left_out, strict=True)]
            ratio = statistics.median(theirs / mine for mine, theirs in zip(ours, intervals, strict=True))
            ratios[part] = max(ratio, ratios.get(part, 0))
            seconds = f"{statistics.median(values):15.2f}{statistics.median(intervals):15.2f}"
            print(f"  reference, {way:24}{seconds}    ratio {ratio:.1f}")
        differences[part] = max(
            abs(table["values"][part][key] - value)
            for table, reference in rounds
            for key, value in reference[part]["values"].items()
        )
        print(f"  largest difference of values: {differences[part]:.1e}")
    peak = max(table["peak"] for table, _ in rounds)
    print(f"\npeak memory of the table's process: {peak / 1e9:.2f} GB\n\ntargets")
    for text, met in (
        *((f"{part}: at least {FASTER} times faster", ratio >= FASTER) for part, ratio in ratios.items()),
        *((f"{part}: no difference above {most:.0e}", differences[part] <= most) for part, most in DIFFERENCE.items()),
        (f"less than {MEMORY / 1e9:.0f} GB", 0 < peak < MEMORY),
    ):
        print(f"  {'met   ' if met else 'MISSED'} {text}")


def write_models(given, folder):
    """Write the activation files of two synthetic models."""
    generator = np.random.default_rng(0)
    latent = generator.standard_normal((given.tokens, given.width // 4), dtype=np.float32)
    rows = np.arange(given.tokens)
    columns = {"sequence": rows // EACH, "position": rows % EACH, "symbol": rows % 20, "group": rows // EACH}
    for model in "ab":
        identity = {"task": "demo", "model": model, "init": "pretrained", "stage": "initial", "seed": 0}
        layers = list(synthetic_layers(generator, latent, given.width, given.layers))
        maps = np.zeros((given.layers - 1, 0), dtype=np.float32)
        write_activations(folder / f"{model}.safetensors", identity, layers, columns, "one", maps, [])


def processor():
    """The processor's name, where the system states it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "processor unknown")


def synthetic_layers(generator, latent, width, count):
    """Yield the layers of a random residual network; its input has a part that both models share and one of its own.

    Parameters
    ----------
    generator : numpy.random.Generator
    latent : numpy.ndarray of float32, shape (tokens, c)
    width, count : int

    Yields
    ------
    numpy.ndarray of float32, shape (tokens, width)
        As in a transformer, variance decays along the principal axes, the output of the layer normalization does not
        vary in one of them, and a few features are far from zero.
    """

    def random(*shape):
        return generator.standard_normal(shape, dtype=np.float32)

    def decay(columns):
        return np.arange(1, columns + 1, dtype=np.float32) ** -0.75

    own = random(len(latent), width)
    state = latent * decay(latent.shape[1]) @ random(latent.shape[1], width) + own * decay(width) @ random(width, width)
    for number in range(count):
        if number:
            inner = np.tanh(state @ random(width, width) / np.sqrt(width, dtype=np.float32))
            state = state + inner * decay(width) @ random(width, width) / 2
        state = state - state.mean(1, keepdims=True)
        state /= state.std(1, keepdims=True)
        bias = random(width) / 5
        bias[:3] *= 100
        yield state * np.exp(random(width) / 4) + bias


def run(name, folder, *arguments):
    """The output of this program as a worker with one thread."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--worker", name, "--folder", str(folder), *arguments]
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)


def time_table(folder):
    """The values of the table's rows, the seconds for a pair of layers, and the peak memory in bytes."""
    encoders = [Activations(folder / f"{model}.safetensors") for model in "ab"]
    settings = {"measures": [*NAMES], "permutations": 0, "seed": 0, "confidence": 0.95}
    started = time.process_time()
    comparison = Comparison(settings, encoders, TokenBlocks(encoders[0].tokens))
    last = last_layer_rows(comparison, ["raw"], smaller=False)
    between = time.process_time()
    every = layerwise_rows(comparison)
    ended = time.process_time()
    return {
        "values": {
            "last layers": {row["measure"]: row["value"] for row in last if row["model_a"] == "a"},
            "all layers": {f"{row['layer_a']} {row['layer_b']}": row["value"] for row in every},
        },
        "seconds": {"last layers": between - started, "all layers": (ended - between) / len(every)},
        "peak": peak_memory(),
    }


def peak_memory():
    """The peak memory of this process in bytes; 0 where the system does not state it."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def time_reference(folder, i, j):
    """Values on all tokens, and seconds for them and with a block left out: of last layers, and of layers i and j."""
    a, b = (Activations(folder / f"{model}.safetensors") for model in "ab")
    kept = a.tokens["group"] % BLOCKS != 0
    last = {"each measure by itself": [], "decompositions shared": []}
    every = {"debiased CKA": []}
    for rows in (kept, slice(None)):
        x, y = (encoder.layer(encoder.last_layer)[rows] for encoder in (a, b))
        for way, seconds in last.items():
            started = time.process_time()
            samples = Samples(x, y, way == "decompositions shared")
            last_values = {name: getattr(samples, name)() for name in NAMES}
            seconds.insert(0, time.process_time() - started)
        x, y = a.layer(i)[rows], b.layer(j)[rows]
        started = time.process_time()
        value = Samples(x, y, False).cka()
        every["debiased CKA"].insert(0, time.process_time() - started)
    return {
        "last layers": {"values": last_values, "seconds": last},
        "all layers": {"values": {f"{i} {j}": value}, "seconds": every},
    }


class Samples:
    """The measures computed from their definitions, on matrices of samples, shapes (n, p) and (n, q)."""

    def __init__(self, x, y, shared):
        self.sides = {name: side - side.mean(0) for name, side in (("x", x.astype(float)), ("y", y.astype(float)))}
        self.n = len(x)
        if shared:  # measures share the decompositions of a pair
            self.decomposed, self.variates = functools.cache(self.decomposed), functools.cache(self.variates)

    def decomposed(self, name):
        """Left singular vectors and singular values of one side, without those that are zero."""
        return decomposition(self.sides[name])

    def variates(self):
        """Canonical variates of x, canonical correlations, and the larger rank."""
        (left_x, _), (left_y, _) = self.decomposed("x"), self.decomposed("y")
        left, correlations = canonical(left_x, left_y)
        return left_x @ left, correlations, max(left_x.shape[1], left_y.shape[1])

    def mean_squared_cca(self):
        _, correlations, widest = self.variates()
        return float(1 - (1 - (correlations**2).mean()) * (self.n - 1) / (self.n - widest - 1))

    def pwcca(self):
        variates, correlations, _ = self.variates()
        weights = np.abs(variates.T @ self.sides["x"]).sum(1)
        return float(weights @ correlations / weights.sum())

    def svcca(self):
        kept = []
        for name in self.sides:
            left, sizes = self.decomposed(name)
            shares = np.cumsum(sizes**2) / (sizes**2).sum()
            kept.append(left[:, : np.flatnonzero(shares >= 0.99)[0] + 1])
        return float(canonical(*kept)[1].mean())

    def procrustes(self):
        x, y = self.sides.values()
        return float(np.linalg.svd(x.T @ y, compute_uv=False).sum() / np.linalg.norm(x) / np.linalg.norm(y))

    def cka_biased(self):
        return self.alignment(lambda x, y: np.linalg.norm(x.T @ y) ** 2)

    def cka(self):
        def hsic(x, y):
            a, b, n = (x**2).sum(1), (y**2).sum(1), self.n
            return np.linalg.norm(x.T @ y) ** 2 - n / (n - 2) * (a @ b) + a.sum() * b.sum() / ((n - 1) * (n - 2))

        return self.alignment(hsic)

    def alignment(self, hsic):
        """HSIC of both sides over the geometric mean of HSIC of each with itself, for a given estimator of HSIC."""
        x, y = self.sides.values()
        return float(hsic(x, y) / np.sqrt(hsic(x, x) * hsic(y, y)))


def decomposition(side):
    """Left singular vectors and singular values, without those that are zero."""
    left, sizes, _ = np.linalg.svd(side, full_matrices=False)
    kept = sizes**2 > RANK_TOLERANCE * sizes[0] ** 2
    return left[:, kept], sizes[kept]


def canonical(left_x, left_y):
    """Canonical directions of x and canonical correlations from two orthonormal bases."""
    left, correlations, _ = np.linalg.svd(left_x.T @ left_y, full_matrices=False)
    return left, np.clip(correlations, 0, 1)


if __name__ == "__main__":
    main()
