"""Make one task's examples from its raw files: python scripts/make_examples.py splice"""

import argparse
import json
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.errors import command_line, located
from beyondtext.data.examples import write_examples
from beyondtext.data.prepare import build
from beyondtext.data.raw import raw_files
from beyondtext.data.readers import reader
from beyondtext.study import definitions
from beyondtext.study.configuration import load_config


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", help="the name of a file in config/tasks/, without .yaml")
    parser.add_argument("--definition", type=json.loads, help="the task's definition as JSON, instead of its file")
    parser.add_argument("--config", default="config/config.yaml", help="where the caps are read")
    parser.add_argument("--raw", type=Path, default=Path(paths.RAW).parent, help="the folder of the sources")
    parser.add_argument("--cache", type=Path, default=Path(paths.CACHE), help="for what is slow to make again")
    parser.add_argument("--output", type=Path, help="default: data/examples/<task>.parquet")
    given = parser.parse_args(arguments)

    task = given.definition
    if task is None:
        caps = load_config(given.config)["caps"].get(given.task)
        task = definitions.task(given.task, caps)
    output = given.output or Path(paths.examples(given.task))
    model = files = None
    if "vocabulary" in task["symbols"]:
        model = definitions.model(task["symbols"]["vocabulary"])
        files = raw_files(given.raw / model["source"])
    raw, options = given.raw / task["source"], task["options"]
    with located(f"task {given.task}"):
        table, notes = reader(task["reader"]).read(raw_files(raw), options, given.cache)
        with located(raw / options.get("path", "")):
            examples, alphabet, counts = build(task, table, files, model)
    if task["target"] == {"kind": "class"}:
        task = {**task, "target": {"kind": "class", "classes": sorted(set(examples["target"]))}}
    write_examples(output, given.task, task, examples, alphabet, {**notes, **counts})
    shown = ", ".join(f"{count} {split}" for split, count in counts["splits"].items())
    print(f"{given.task}: {shown} sequences of {len(table)} read, in {output}")


if __name__ == "__main__":
    main()
