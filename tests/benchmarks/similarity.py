"""How much faster all pairs of layers from moments are than pair by pair from samples, on this machine.

Two synthetic models write all their layers into files. Ours reads them once, in blocks of tokens, and takes six
measures of every layer of one with every layer of the other. The reference takes the same measures of a few pairs
as published codes do: from the matrices of samples, with singular value decompositions of these for canonical
correlations, each measure by itself; and, for comparison, with decompositions shared by all measures of a pair. Its
centred kernel alignment works with features, so no n x n matrix is made on either side. Each runs in a process of
its own with all cores, or with ``--threads``; the two take turns, with other pairs for the reference in each round.

    python tests/benchmarks/similarity.py
"""

import argparse
import functools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from beyondtext.similarity.measures import measure_pairs  # noqa: E402
from beyondtext.similarity.moments import RANK_TOLERANCE, all_pairs  # noqa: E402

NAMES = ("cka", "cka_biased", "mean_squared_cca", "pwcca", "svcca", "procrustes")
BLOCK = 2000  # rows read at once
FASTER, DIFFERENCE, MEMORY = 20, 1e-8, 2e9  # the targets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=20_000)
    parser.add_argument("--width", type=int, default=768)
    parser.add_argument("--layers", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reference-pairs", type=int, default=2, help="in each round")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of either; one where other programs run")
    parser.add_argument("--worker", choices=["ours", "reference"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--pairs", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker == "ours":
        print(json.dumps(ours(given.folder, given.tokens, given.layers, given.threads)))
    elif given.worker == "reference":
        print(json.dumps([reference(given.folder, *pair) for pair in given.pairs]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(given, Path(folder))


def compare(given, folder):
    """Run both in turns and print the table."""
    generator = np.random.default_rng(0)
    latent = generator.standard_normal((given.tokens, given.width // 4), dtype=np.float32)
    for model in "ab":
        for number, layer in enumerate(synthetic_layers(generator, latent, given.width, given.layers)):
            np.save(folder / f"{model}{number}.npy", layer)
    grid = [(i, j) for i in range(given.layers) for j in range(given.layers)]
    order = generator.permutation(grid).tolist()
    rounds = []
    for number in range(given.rounds):
        turn = [order[(number * given.reference_pairs + k) % len(order)] for k in range(given.reference_pairs)]
        sizes = ["--folder", folder, "--tokens", given.tokens, "--layers", given.layers, "--threads", given.threads]
        mine = run("ours", given.threads, *sizes)
        rounds.append((mine, run("reference", given.threads, *sizes, "--pairs", json.dumps(turn))))

    threads = f"threads of either: {given.threads}"
    print(f"{platform.machine()}, {os.cpu_count()} cores, {threads}; medians of {given.rounds} rounds")
    print(f"{given.tokens} tokens, width {given.width}, {given.layers} x {given.layers} layers, {len(NAMES)} measures")
    per_pair = [mine["seconds"] / len(grid) for mine, _ in rounds]
    print("\nseconds for a pair of layers")
    reading = statistics.median(mine["reading"] / len(grid) for mine, _ in rounds)
    print(f"  ours                               {statistics.median(per_pair):7.3f}    of which sums {reading:.3f}")
    ratios = {}
    for way, label in (("alone", "each measure by itself"), ("shared", "decompositions shared")):
        theirs = [statistics.mean(pair["seconds"][way] for pair in found) for _, found in rounds]
        ratios[way] = statistics.median(b / a for a, b in zip(per_pair, theirs, strict=True))
        print(f"  reference, {label:22}  {statistics.median(theirs):7.3f}    ratio {ratios[way]:.1f}")

    differences = dict.fromkeys(NAMES, 0.0)
    for mine, found in rounds:
        for pair in found:
            i, j = pair["layers"]
            for name, value in pair["values"].items():
                differences[name] = max(differences[name], abs(mine["values"][name][i][j] - value))
    print(f"\nlargest difference of values, {given.rounds * given.reference_pairs} pairs")
    for name, difference in differences.items():
        values = np.array(rounds[0][0]["values"][name])
        print(f"  {name:17} {difference:.1e}    values {values.min():.3f} to {values.max():.3f}")

    peak = max(mine["peak"] for mine, _ in rounds)
    print(f"\npeak memory of ours: {peak / 1e9:.2f} GB\n\ntargets")
    for text, met in (
        (f"at least {FASTER} times faster than each measure by itself", ratios["alone"] >= FASTER),
        (f"no difference above {DIFFERENCE:.0e}", max(differences.values()) <= DIFFERENCE),
        (f"less than {MEMORY / 1e9:.0f} GB", 0 < peak < MEMORY),
    ):
        print(f"  {'met   ' if met else 'MISSED'} {text}")


def synthetic_layers(generator, latent, width, count):
    """Yield layers of a random residual network on a latent part that models share and one of its own.

    Parameters
    ----------
    generator : numpy.random.Generator
    latent : numpy.ndarray of float32, shape (tokens, c)
    width, count : int

    Yields
    ------
    numpy.ndarray of float32, shape (tokens, width)
        As in a transformer, variance decays along the principal axes, the output of the layer normalisation does not
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


def run(name, threads, *arguments):
    """What this program as a part of itself found, with so many threads."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, __file__, "--worker", name, *map(str, arguments)]
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)


def ours(folder, tokens, layers, threads):
    """Every measure of all pairs of layers, the seconds for all, and the peak memory of the process in bytes."""

    def rows(start):
        return [
            [np.load(folder / f"{model}{number}.npy", mmap_mode="r")[start : start + BLOCK] for number in range(layers)]
            for model in "ab"
        ]

    started = time.perf_counter()
    sums = all_pairs(rows(start) for start in range(0, tokens, BLOCK))
    read = time.perf_counter()
    table = measure_pairs(NAMES, *sums, threads)
    return {
        "values": {name: values.tolist() for name, values in table.items()},
        "seconds": time.perf_counter() - started,
        "reading": read - started,
        "peak": peak_memory(),
    }


def peak_memory():
    """The most memory that this process had, in bytes; 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def reference(folder, i, j):
    """Every measure of one pair of layers from samples, and the seconds with nothing and with all shared."""
    seconds = {}
    for way in ("alone", "shared"):
        started = time.perf_counter()
        samples = Samples(np.load(folder / f"a{i}.npy"), np.load(folder / f"b{j}.npy"), way == "shared")
        values = {name: getattr(samples, name)() for name in NAMES}
        seconds[way] = time.perf_counter() - started
    return {"layers": [i, j], "values": values, "seconds": seconds}


class Samples:
    """The measures by their definitions on matrices of samples, shapes (n, p) and (n, q)."""

    def __init__(self, x, y, shared):
        self.sides = {name: side - side.mean(0) for name, side in (("x", x.astype(float)), ("y", y.astype(float)))}
        self.n = len(x)
        if shared:  # what was computed for one measure is kept for the others
            self.decomposed, self.variates = functools.cache(self.decomposed), functools.cache(self.variates)

    def decomposed(self, name):
        """Left singular vectors and singular values of one side, without those of no size."""
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
        def independence(x, y):
            a, b, n = (x**2).sum(1), (y**2).sum(1), self.n
            return np.linalg.norm(x.T @ y) ** 2 - n / (n - 2) * (a @ b) + a.sum() * b.sum() / ((n - 1) * (n - 2))

        return self.alignment(independence)

    def alignment(self, independence):
        """The ratio of what an estimator of independence says of both sides and of each with itself."""
        x, y = self.sides.values()
        return float(independence(x, y) / np.sqrt(independence(x, x) * independence(y, y)))


def decomposition(side):
    """Left singular vectors and singular values, without those of no size."""
    left, sizes, _ = np.linalg.svd(side, full_matrices=False)
    kept = sizes**2 > RANK_TOLERANCE * sizes[0] ** 2
    return left[:, kept], sizes[kept]


def canonical(left_x, left_y):
    """Canonical directions of x and canonical correlations from two orthonormal bases."""
    left, correlations, _ = np.linalg.svd(left_x.T @ left_y, full_matrices=False)
    return left, np.clip(correlations, 0, 1)


if __name__ == "__main__":
    main()
