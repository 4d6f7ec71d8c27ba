"""Print what a study will cost, before anything is downloaded or trained."""

import argparse

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.core.machine import processors
from beyondtext.study import cost, duration
from beyondtext.study.job_arguments import configuration


@command_line
def main(arguments=None):
    """Print the numbers of jobs, tokens and operations, and the hours and bytes that they take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", nargs="?", default=paths.default_config(), help="default: config/config.yaml")
    parser.add_argument("--gpu", choices=sorted(duration.PEAK), default="A100", help="default: A100")
    given = parser.parse_args(arguments)

    config = configuration(given.config)
    jobs = cost.plan(config)
    print_jobs(jobs)
    print_hours(jobs, measured("cpu", config["training"]["precision"]), given.gpu)
    size, unknown = cost.download_bytes(config)
    more = f", and {len(unknown)} sources of unknown size ({', '.join(unknown)})" if unknown else ""
    print(f"to download: about {size / 1e9:.1f} GB{more}")
    print(f"kept afterwards: about {cost.kept_bytes(config) / 1e9:.1f} GB of weights and predictions")


def measured(device, precision):
    """This machine, measured with torch, which takes a while to import."""
    from beyondtext.models.speed import measure

    return measure(device, precision)


def print_jobs(jobs):
    """Print a table with a row for each kind of job."""
    print(f"{'':34}{'jobs':>8}{'tokens':>14}{'operations':>14}")
    for kind in dict.fromkeys(job.kind for job in jobs):
        of_kind = [job for job in jobs if job.kind == kind]
        totals = (sum(job.tokens for job in of_kind), sum(job.operations for job in of_kind))
        tokens, operations = (f"{number:.2g}" if number else "" for number in totals)
        print(f"{kind:34}{len(of_kind):8,}{tokens:>14}{operations:>14}")
    print(f"{'total':34}{len(jobs):8,}{'':14}{sum(job.operations for job in jobs):14.2g}")


def print_hours(jobs, machine, gpu):
    """Print how long the jobs take on this machine's processor and on one GPU."""
    cores = processors()
    processor = duration.in_words(duration.on_processors(jobs, machine, cores))
    print(
        f"\nthis machine, {cores} cores: {processor} ({machine.training / 1e9:.0f} billion operations per second and "
        f"core in matrix products, of which training reaches about {100 * duration.SHARE_OF_PROCESSOR:.0f} %)"
    )
    print(
        f"one {gpu}: {duration.in_words(duration.on_gpus(jobs, duration.PEAK[gpu], cores=cores))} (assuming "
        f"{100 * duration.SHARE_OF_PEAK:.0f} % of its peak, at least {1000 * duration.GPU_STEP_SECONDS:.1f} ms a step, "
        f"and {cores} cores)"
    )


if __name__ == "__main__":
    main()
