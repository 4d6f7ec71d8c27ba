"""Trials of downloads: a source's definition is given to the program, and every byte that arrives is compared.

The server and its answers are those of tests/helpers/web.py. Waits are short: the code's own settings are smaller here.
"""

import hashlib
import json
import os
from pathlib import Path

import web
from trying import REFUSED, Input

DESTINATION = Path("data/raw/demo")
# What may be left of a download that the next attempt can resume.
RESUMABLE = (".partial", ".partial/demo", ".partial/demo/*", ".partial/demo/*/*", ".partial/demo/*/*/*")
QUICK = {
    "transfer.FIRST_WAIT": 0.01,
    "transfer.ATTEMPTS": 3,
    "transfer.TIMEOUTS": (2.0, 0.5),
    "session.ANSWER_TIME": 1.0,
    "body.SPEED_TIME": 0.4,
}
STANDARD = {"licence": "CC0-1.0", "homepage": "https://example.org"}
OF_ENVIRONMENT = ("PROXY", "PIP_", "HF_", "_BUNDLE")


def import_once():
    """Import what every child needs, in the process that starts them."""
    import huggingface_hub.utils  # noqa: F401
    import jsonschema.validators  # noqa: F401
    import tqdm  # noqa: F401

    import download  # noqa: F401
    from beyondtext.data.fetch import session  # noqa: F401


def definition(kind="path", **changes):
    """A source's definition; what is None is left out."""
    more = {} if kind == "path" else STANDARD
    source = {"id": "demo", "title": "a demonstration", "kind": kind, "paths": ["**"], **more, **changes}
    return {key: value for key, value in source.items() if value is not None}


def checksum(content):
    """The keys of a definition for this content."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def download(source, *arguments):
    """Give a definition to scripts/download.py; return the files that arrive, as bytes by their paths."""
    import download as program

    program.main(["demo", "--destination", str(DESTINATION), "--definition", json.dumps(source), *arguments])
    return arrived()


def arrived(folder=DESTINATION):
    """The files of a source's folder; they must be those of its record, and have the modes of new files."""
    from beyondtext.data.raw import RECORD, raw_files

    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    assert not any(path.is_symlink() for path in found.values()), found
    assert {path.stat().st_mode & 0o7777 for path in found.values()} == {0o666 & ~_umask()}
    contents = {name: path.read_bytes() for name, path in found.items() if name != RECORD}
    assert set(contents) == set(raw_files(folder)), "the record lists other files"
    assert {path.name for path in folder.parent.iterdir()} == {folder.name}, "something is next to the folder"
    return contents


def _umask():
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def make_room(work):
    """The folder of all sources, which the workflow has before any download, and no settings of this machine."""
    (work / DESTINATION.parent).mkdir(parents=True)
    for name in [name for name in os.environ if any(part in name.upper() for part in OF_ENVIRONMENT)]:
        del os.environ[name]
    os.environ["PIP_CONFIG_FILE"] = os.devnull


def hurry(**changes):
    """Make the waits short, and change further constants of beyondtext.data.fetch, such as ``body.MAX_BYTES``."""
    from importlib import import_module

    for name, value in (QUICK | changes).items():
        module, constant = name.split(".")
        module = import_module(f"beyondtext.data.fetch.{module}")
        assert hasattr(module, constant), name
        setattr(module, constant, value)


def local(kind, name, given, expected=REFUSED, file="given.zip", or_refused=False, keeps=(), most=None, **changes):
    """The trial of a file on the disk.

    ``given`` is its bytes, or gets the folder and returns them, or writes the file itself and returns None. ``most`` is
    the limit of the members of an archive, if not the usual one.
    """

    def prepare(work):
        make_room(work)
        content = given(work) if callable(given) else given
        if content is not None:
            (work / file).write_bytes(content)

    def run(work):
        if most:
            from beyondtext.data import archive

            archive.MAX_MEMBERS = most
        source = {"address": str(work / file), **changes}
        return download(definition(**source | {"address": source["address"].replace("{work}", str(work))}))

    return Input(kind, name, prepare, run, expected, or_refused, keeps)


def served(kind, name, answers, expected=REFUSED, or_refused=False, keeps=(), secret=None, constants=None, **changes):
    """The trial of a download from the web.

    Parameters
    ----------
    answers : dict or callable
        The server's answers by path; a function gets the server.
    secret : str, optional
        What must not be printed.
    constants : dict, optional
        See `hurry`.
    **changes
        Of the definition. ``{url}`` in an address is the server's.
    """

    def run(work):
        hurry(**(constants or {}))
        with web.running() as server:
            server.handle_error = lambda *about: None  # of clients that hang up
            made = answers(server) if callable(answers) else answers
            server.answers |= {path: list(one) if isinstance(one, list) else [one] for path, one in made.items()}
            source = definition(**filled({"kind": "http", "address": "{url}/data.bin", **changes}, server.url))
            try:
                return download(source)
            except SystemExit as end:
                assert secret is None or secret not in str(end.code), "the message has the secret"
                raise
            finally:
                printed = (work.parent / "output").read_text(errors="replace")
                assert secret is None or secret not in printed, "the output has the secret"

    return Input(kind, name, make_room, run, expected, or_refused, keeps)


def filled(value, url):
    """A definition with the server's address in place of ``{url}``, and its host and port in place of ``{host}``."""
    if isinstance(value, dict):
        return {key: filled(item, url) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, url) for item in value]
    if not isinstance(value, str):
        return value
    return value.replace("{url}", url).replace("{host}", url.removeprefix("http://"))
