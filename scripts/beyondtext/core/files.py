"""Reading and writing files, so that no reader ever sees an incomplete one."""

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from beyondtext.core.errors import InputError
from beyondtext.core.parsing import MOST_CHARACTERS, load_yaml


@contextmanager
def replacing(path):
    """Yield a temporary path next to ``path``; move it to ``path`` on success, delete it on any exception.

    The body may create a file or a folder at the temporary path. An existing folder at ``path`` is replaced whole, but
    only by a folder: a file in its place is an `InputError`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield scratch / path.name
        if path.is_dir() and not (scratch / path.name).is_dir():
            raise InputError(f"{path} is a folder; give the path of a file to write")
        if path.is_dir() and not path.is_symlink():
            os.replace(path, scratch / "replaced")
        os.replace(scratch / path.name, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def sha256(path):
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(path, value):
    """Write ``value`` as indented JSON, atomically; a NaN or an infinity is a ValueError, since JSON has neither."""
    with replacing(path) as part:
        part.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path):
    """Read a JSON file that an earlier stage wrote.

    Raises
    ------
    InputError
        If the file is missing or is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        command = f"`snakemake --cores 2 {path}` makes it"
        raise InputError(f"{path} is missing; if it is one of the workflow's files, {command}") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; give a JSON file") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON ({error}); delete it and run the command again") from None


def read_yaml(path):
    """Read a YAML file that holds a mapping.

    Raises
    ------
    InputError
        If the file is missing, is not YAML, does not hold a mapping, or has what `load_yaml` refuses.
    """
    value = load_yaml(read_text(path), path)
    if not isinstance(value, dict):
        raise InputError(f"{path} contains {type(value).__name__}, not keys and values; see config/config.yaml")
    return value


def read_text(path):
    """The text of a YAML file, or its beginning if it is huge; `InputError` if it cannot be read."""
    try:
        if Path(path).exists() and not Path(path).is_file() and not Path(path).is_dir():  # a pipe may never end
            raise InputError(f"{path} cannot be read (it is not a file); give the path of a YAML file")
        with open(path, encoding="utf-8") as stream:
            return stream.read(MOST_CHARACTERS + 1)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; give the path of a YAML file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); give the path of a YAML file") from None
