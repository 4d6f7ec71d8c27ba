"""Check a study's file before Snakemake reads it: python scripts/check_study.py config/mine.yaml"""

import argparse

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.study.configuration import load_config


@command_line
def main(arguments=None):
    """End with a sentence if the configuration has a mistake, and print nothing otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", nargs="?", default=paths.default_config(), help="default: config/config.yaml")
    load_config(parser.parse_args(arguments).config)


if __name__ == "__main__":
    main()
