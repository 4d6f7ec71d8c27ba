"""Tell what a configuration will cost, before anything is downloaded or trained."""

import argparse

from beyondtext.core.errors import command_line
from beyondtext.core.machine import threads
from beyondtext.study import cost
from beyondtext.study.job_arguments import configuration


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", nargs="?", default="config/config.yaml", help="default: config/config.yaml")
    parser.add_argument("--gpu", choices=sorted(cost.PEAK), default="A100", help="default: A100")
    given = parser.parse_args(arguments)

    config = configuration(given.config)
    rows = cost.plan(config)
    print(f"{'':34}{'jobs':>8}{'tokens':>14}{'operations':>14}")
    for row in rows:
        tokens, operations = (f"{row[key]:.2g}" if row[key] else "" for key in ("tokens", "operations"))
        print(f"{row['kind']:34}{row['jobs']:8,}{tokens:>14}{operations:>14}")
    operations = sum(row["operations"] for row in rows)
    jobs = sum(row["jobs"] for row in rows)
    print(f"{'in all':34}{jobs:8,}{'':14}{operations:14.2g}")

    speed = cost.processor_speed()
    on_gpu = cost.PEAK[given.gpu] * cost.SHARE_OF_PEAK
    starts = jobs * cost.START_SECONDS
    here = operations / (speed * cost.SHARE_OF_PROCESSOR) + starts / threads()
    print(
        f"\nthis machine's processor: about {hours(here)} "
        f"({speed / 1e9:.0f} billion operations a second in matrix products, of which training reaches about "
        f"{100 * cost.SHARE_OF_PROCESSOR:.0f} %; comparisons of representations not counted)"
    )
    print(
        f"one {given.gpu}: about {hours(operations / on_gpu + starts)} ({100 * cost.SHARE_OF_PEAK:.0f} % of its "
        f"peak assumed, and {cost.START_SECONDS} s before the first step of each job)"
    )
    size, unknown = cost.download_bytes(config)
    more = f", and {len(unknown)} sources of unknown size ({', '.join(unknown)})" if unknown else ""
    print(f"to download: about {size / 1e9:.1f} GB{more}")
    print(f"kept afterwards: about {cost.kept_bytes(config) / 1e9:.1f} GB of weights and predictions")


def hours(seconds):
    """A duration in the unit that fits."""
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours" if seconds < 72 * 3600 else f"{seconds / 86400:,.0f} days"


if __name__ == "__main__":
    main()
