"""Check a study's file before Snakemake reads it: python scripts/check_study.py config/mine.yaml"""

import argparse

from beyondtext.core import paths
from beyondtext.core.errors import command_line
from beyondtext.study.configuration import load_config


@command_line
def main(arguments=None):
    """End with a sentence if the configuration has a mistake; print nothing otherwise, unless asked for the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", nargs="?", default=paths.default_config(), help="default: config/config.yaml")
    parser.add_argument("--say-where", action="store_true", help="print where the study's report is")
    given = parser.parse_args(arguments)
    name = load_config(given.config)["name"]
    if given.say_where:
        print(f"The report is in {paths.ROOT / paths.report(name)}")


if __name__ == "__main__":
    main()
