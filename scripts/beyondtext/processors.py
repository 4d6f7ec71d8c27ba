"""How many processors a job may use."""

import os


def threads():
    """What Snakemake gave the job (it sets ``OMP_NUM_THREADS``), else all there are."""
    return int(os.environ.get("OMP_NUM_THREADS", os.cpu_count()))
