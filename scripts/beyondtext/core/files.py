"""Reading and writing files, so that no reader ever sees an incomplete one.

What is written appears first in a scratch folder next to its place, ``.<name>.<random>.<host>.tmp``, and is moved there
once it is complete and on the disk. `remove_abandoned` deletes the scratch folders of processes that were killed.
"""

import errno
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from beyondtext.core.errors import InputError
from beyondtext.core.parsing import MOST_CHARACTERS, load_json, load_yaml
from beyondtext.core.printing import kind_of

HOST = re.sub("[^A-Za-z0-9-]", "", platform.node())[:30] or "here"
SCRATCH = re.compile(r"\..*\.[a-z0-9_]{8}\.([A-Za-z0-9-]+)\.tmp", re.DOTALL)
LONGEST_USE = 24 * 60 * 60  # seconds after which a scratch folder of another machine counts as abandoned
NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)  # of file systems that cannot write a file or folder to the disk


@contextmanager
def replacing(path):
    """Yield a temporary path next to ``path``; move it to ``path`` on success, delete it on any exception.

    The body may create a file or a folder at the temporary path. An existing folder at ``path`` is replaced whole, but
    only by a folder, and a file only by a file: all else is an `InputError`, as is a pipe or a device at ``path``.
    Before the move, everything is written to the disk, and files get the mode of a new file.
    """
    path = _place(path)
    with _named(path), _scratch_folder(path) as scratch:
        part = scratch / path.name
        yield part
        if path.is_dir() and not part.is_dir():
            raise InputError(f"{path} is a folder; give the path of a file to write")
        _settle(part)
        _put(part, path, scratch)


def move_folder(source, path):
    """Move a folder that `replacing` wrote to another path, in place of the folder there; both are whole at any time.

    Between two disks, it is copied first.
    """
    source, path = Path(source), _place(path)
    with _named(path), _scratch_folder(path) as scratch:
        try:
            _put(source, path, scratch)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            part = scratch / path.name
            shutil.copytree(source, part)
            _settle(part)
            _put(part, path, scratch)


@contextmanager
def _named(path):
    """Let an error of the system name the file that is being written, if it names none or one in a scratch folder."""
    try:
        yield
    except OSError as error:
        named = None if error.filename is None else Path(os.fsdecode(error.filename))
        if error.errno is None or (named is not None and not any(map(SCRATCH.fullmatch, named.parts))):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def _place(path):
    """The path where something is to be written, in a folder that exists; a folder is replaced wherever it is."""
    path = Path(path)
    if path.is_symlink() and path.is_dir():
        path = path.resolve()
    if path.exists() and not path.is_dir() and not path.is_file():  # to replace /dev/null, say, would break the system
        raise InputError(f"{path} is a pipe or a device; give the path of a file to write")
    try:
        str(path).encode()
    except UnicodeEncodeError:  # some libraries cannot open it
        raise InputError(f"{path} has a name that is not UTF-8; rename it, or give another path") from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        file = next(parent for parent in path.parents[::-1] if os.path.lexists(parent) and not parent.is_dir())
        raise InputError(
            f"{file} is a file, but a folder is needed there; give another path, or move it away"
        ) from None
    return path


def _put(new, path, scratch):
    """Move a file or folder to its place, and the folder that is there into a scratch folder."""
    if new.is_dir() and os.path.lexists(path) and (path.is_symlink() or not path.is_dir()):
        raise InputError(f"{path} is a file; give the path of a folder, or move the file away")
    aside = scratch / f"{path.name}.old"
    is_replaced = path.is_dir() and not path.is_symlink()
    if is_replaced:
        shutil.move(path, aside)  # copies it where folders cannot be renamed, as in the image of a container
    try:
        os.replace(new, path)
    except BaseException:
        if is_replaced:
            with suppress(OSError):
                os.replace(aside, path)
        raise


def _settle(path):
    """Write a file, or a folder with its files, to the disk: after a power cut it might else be empty in its place."""
    usual = 0o666 & ~_umask()
    if not path.is_dir():
        _sync(path, usual)
        return
    for folder, _, names in os.walk(path):
        for name in names:
            _sync(Path(folder, name), usual)
        _sync(folder)


def _sync(path, mode=0):
    """Write one file or folder to the disk; a file gets at least this mode, since safetensors' have 0600."""
    found = os.lstat(path).st_mode
    if not (stat.S_ISREG(found) or stat.S_ISDIR(found)):
        return
    if mode & ~found:
        os.chmod(path, stat.S_IMODE(found) | mode)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_SYNC:
            raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        os.close(descriptor)


def _umask():
    """The permissions that new files of this process do not get."""
    mask = os.umask(0o077)  # there is no way to read it without setting it
    os.umask(mask)
    return mask


@contextmanager
def _scratch_folder(path):
    """A new folder next to ``path``, locked as long as this process uses it; deleted at the end."""
    descriptor = None
    while descriptor is None:
        # The start of a long name, since file systems allow 255 bytes.
        scratch = Path(tempfile.mkdtemp(f".{HOST}.tmp", f".{path.name[:50]}.", path.parent))
        descriptor = _lock(scratch)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        os.close(descriptor)


def _lock(folder):
    """Lock a folder until the returned descriptor is closed; None if `remove_abandoned` was faster and deleted it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with suppress(OSError):  # on some network disks folders cannot be locked
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    if folder.exists():
        return descriptor
    os.close(descriptor)
    return None


def remove_abandoned(folder):
    """Delete what processes that were killed left of the files that they were writing, anywhere below a folder.

    Returns
    -------
    list of pathlib.Path
        The scratch folders that were deleted. Those in use stay. Where there are no locks, and for the processes of
        another machine, this is decided by their age.
    """
    removed = []
    for parent, names, _ in os.walk(folder):
        for name in [name for name in names if SCRATCH.fullmatch(name)]:
            names.remove(name)  # do not descend into it
            if _remove_if_abandoned(Path(parent, name)):
                removed.append(Path(parent, name))
    return removed


def _remove_if_abandoned(scratch):
    """Delete a scratch folder that no process uses; return whether it was deleted."""
    try:
        descriptor = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # its process has just deleted it, or it is a link
        return False
    try:
        is_old = time.time() - os.fstat(descriptor).st_mtime > LONGEST_USE
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # folders cannot be locked here
            is_abandoned = is_old
        else:
            is_abandoned = is_old or SCRATCH.fullmatch(scratch.name)[1] == HOST
        if is_abandoned:
            shutil.rmtree(scratch, ignore_errors=True)
        return is_abandoned and not scratch.exists()
    finally:
        os.close(descriptor)


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
