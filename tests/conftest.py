"""One thread for each process of the tests, as Snakemake gives each of its jobs.

Two processes run tests at the same time, and small matrix products in several threads mostly wait for each other.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before anything imports torch or NumPy
