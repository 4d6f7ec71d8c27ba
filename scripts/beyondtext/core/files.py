"""Reading files, with an `InputError` for what cannot be read; checksums; JSON."""

import hashlib
import json
from pathlib import Path

from beyondtext.core.atomic import replacing
from beyondtext.core.errors import InputError
from beyondtext.core.parsing import MOST_CHARACTERS, load_json, load_yaml
from beyondtext.core.printing import kind_of


def sha256(path):
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(path, value):
    """Write ``value`` as indented JSON, atomically; a NaN or an infinity is a ValueError, since JSON has neither."""
    with replacing(path) as part:
        part.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path, remedy="delete it and run the command again"):
    """Read a JSON file that an earlier stage wrote; ``remedy`` says what to do if it is not JSON.

    Raises
    ------
    InputError
        If the file is missing, is none, cannot be read, or has what `load_json` refuses.
    """
    check_is_file(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
        return load_json(text)
    except FileNotFoundError:
        command = f"`snakemake --cores 2 {path}` makes it"
        raise InputError(f"{path} is missing; if it is one of the workflow's files, {command}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check its permissions and its disk") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON ({error}); {remedy}") from None


def check_is_file(path):
    """Raise an `InputError` for a folder, and for a pipe or a device, which may never end; not for what is missing."""
    path = Path(path)
    if path.exists() and not path.is_file():
        found = "folder" if path.is_dir() else "pipe or a device"
        raise InputError(
            f"{path} is a {found}, not a file; give the path of a file, or move it away and run `snakemake --cores 2` "
            "again"
        )


def read_yaml(path):
    """Read a YAML file that holds a mapping.

    Raises
    ------
    InputError
        If the file is missing, is not YAML, does not hold a mapping, or has what `load_yaml` refuses.
    """
    value = load_yaml(read_text(path), path)
    if value is None:
        raise InputError(f"{path} is empty, or has comments only; see config/config.yaml")
    if not isinstance(value, dict):
        raise InputError(f"{path} contains {kind_of(value)}, not keys and values; see config/config.yaml")
    return value


def read_text(path):
    """The text of a YAML file, or its beginning if it is huge; `InputError` if it cannot be read."""
    try:
        if Path(path).exists() and not Path(path).is_file():  # a pipe may never end
            what = "a folder" if Path(path).is_dir() else "a pipe or a device"
            raise InputError(f"{path} is {what}; give the path of a YAML file")
        with open(path, encoding="utf-8") as stream:
            return stream.read(MOST_CHARACTERS + 1)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; give the path of a YAML file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not text in UTF-8; save it as such, or give the path of a YAML file") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give the path of a YAML file") from None
