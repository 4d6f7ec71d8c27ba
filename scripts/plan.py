"""Print what a study will cost, before anything is downloaded or trained."""

import argparse

from beyondtext.core.errors import command_line
from beyondtext.core.machine import threads
from beyondtext.study import cost
from beyondtext.study.job_arguments import configuration


@command_line
def main(arguments=None):
    """Print the numbers of jobs, tokens and operations, and the hours and bytes that they take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", nargs="?", default="config/config.yaml", help="default: config/config.yaml")
    parser.add_argument("--gpu", choices=sorted(cost.PEAK), default="A100", help="default: A100")
    given = parser.parse_args(arguments)

    config = configuration(given.config)
    costs = cost.plan(config)
    print_jobs(costs)
    print_hours(costs, given.gpu)
    size, unknown = cost.download_bytes(config)
    more = f", and {len(unknown)} sources of unknown size ({', '.join(unknown)})" if unknown else ""
    print(f"to download: about {size / 1e9:.1f} GB{more}")
    print(f"kept afterwards: about {cost.kept_bytes(config) / 1e9:.1f} GB of weights and predictions")


def print_jobs(costs):
    """Print a table with a row for each kind of job."""
    print(f"{'':34}{'jobs':>8}{'tokens':>14}{'operations':>14}")
    for entry in costs:
        tokens, operations = (f"{number:.2g}" if number else "" for number in (entry.tokens, entry.operations))
        print(f"{entry.kind:34}{entry.jobs:8,}{tokens:>14}{operations:>14}")
    jobs, operations = sum(entry.jobs for entry in costs), sum(entry.operations for entry in costs)
    print(f"{'total':34}{jobs:8,}{'':14}{operations:14.2g}")


def print_hours(costs, gpu):
    """Print how long the jobs take on this machine's processor and on one GPU."""
    operations = sum(entry.operations for entry in costs)
    starts = sum(entry.jobs for entry in costs) * cost.START_SECONDS
    speed = cost.processor_speed()
    on_processor = operations / (speed * cost.SHARE_OF_PROCESSOR) + starts / threads()
    print(
        f"\nthis machine's processor: about {duration(on_processor)} "
        f"({speed / 1e9:.0f} billion operations per second in matrix products, of which training reaches about "
        f"{100 * cost.SHARE_OF_PROCESSOR:.0f} %; comparisons of representations not counted)"
    )
    on_gpu = operations / (cost.PEAK[gpu] * cost.SHARE_OF_PEAK) + starts
    print(
        f"one {gpu}: about {duration(on_gpu)} (assuming {100 * cost.SHARE_OF_PEAK:.0f} % of its peak, and "
        f"{cost.START_SECONDS} s before the first step of each job)"
    )


def duration(seconds):
    """A duration in minutes, hours or days, whichever fits."""
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours" if seconds < 72 * 3600 else f"{seconds / 86400:,.0f} days"


if __name__ == "__main__":
    main()
