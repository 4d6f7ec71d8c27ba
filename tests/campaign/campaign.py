"""Try thousands of hostile and broken inputs, and print a table of what happened to them, by kind.

    python tests/campaign/campaign.py                         # all; eight to twenty minutes on two cores
    python tests/campaign/campaign.py --kind fasta --name gaps  # those with this text in their name

It ends with an error if any input was neither taken rightly nor refused in one sentence. docs/reliability.md has the
last table. A new seed makes new inputs of the same kinds.
"""

import argparse
import collections
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / name) for name in ("scripts", "tests/helpers", "tests/campaign")]

from families import families  # noqa: E402
from trying import GOOD, REFUSED, RIGHT, try_all  # noqa: E402

SEED = 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", action="append", help="a family of inputs (default: all); may be repeated")
    parser.add_argument("--name", default="", help="only the inputs with this text in their name")
    parser.add_argument("--every", type=int, default=1, help="only one in so many of each family (default: all)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the random choices (default: {SEED})")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="inputs at a time (default: the cores)")
    parser.add_argument("--verbose", action="store_true", help="print what was said about every input")
    given = parser.parse_args()
    chosen = [family for family in families() if not given.kind or family.KIND in given.kind]
    outcomes, start = [], time.monotonic()
    for family in chosen:
        with tempfile.TemporaryDirectory() as sandbox:
            for outcome in try_family(family, sandbox, given):
                outcomes.append(outcome)
                if given.verbose or outcome.word not in GOOD:
                    print(
                        f"{outcome.kind}: {outcome.name}: {outcome.word} ({outcome.seconds:.1f} s): {outcome.said}",
                        flush=True,
                    )
    print(table(outcomes, time.monotonic() - start))
    sys.exit(any(outcome.word not in GOOD for outcome in outcomes))


def try_family(family, sandbox, given):
    """Try the inputs of one family that are wanted, below a folder; yield their outcomes."""
    sandbox = Path(sandbox)
    shared = sandbox / "shared"
    shared.mkdir()
    if hasattr(family, "share"):
        _in_a_child(family.share, shared)
    drawn = family.inputs(shared, random.Random(given.seed))
    names = collections.Counter(one.name for one in drawn)
    twice = [name for name, count in names.items() if count > 1]
    assert not twice, f"{family.KIND}: two inputs have the same name: {twice[:5]}"
    wanted = [one for one in drawn[:: given.every] if given.name in one.name]
    yield from try_all(wanted, sandbox, given.processes)


def _in_a_child(function, folder):
    """Call a function in a process of its own, since threads that libraries start do not survive a fork."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.environ["HOME"] = str(folder)
            function(folder)
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0, f"{function.__module__}.share failed"


def table(outcomes, seconds):
    """The outcomes by kind, as a table in Markdown."""
    words = [RIGHT, REFUSED, *sorted({outcome.word for outcome in outcomes} - set(GOOD))]
    rows = collections.defaultdict(collections.Counter)
    for outcome in outcomes:
        rows[outcome.kind][outcome.word] += 1
    lines = [f"| kind | inputs | {' | '.join(words)} |", f"|---|{'---|' * (len(words) + 1)}"]
    for kind, counts in [*sorted(rows.items()), ("all", sum(rows.values(), collections.Counter()))]:
        lines.append(f"| {kind} | {counts.total()} | {' | '.join(str(counts[word]) for word in words)} |")
    return "\n".join([*lines, "", f"{len(outcomes)} inputs in {seconds:.0f} seconds"])


if __name__ == "__main__":
    main()
