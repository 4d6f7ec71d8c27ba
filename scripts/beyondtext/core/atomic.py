"""Writing files and folders atomically, so that no reader ever sees an incomplete one.

What is written appears first in a scratch folder (`beyondtext.core.scratch`) next to its place, and is moved there once
it is complete and on the disk.
"""

import errno
import os
import shutil
import stat
from contextlib import contextmanager, suppress
from pathlib import Path

from beyondtext.core.errors import InputError
from beyondtext.core.scratch import SCRATCH, scratch_folder

NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)  # of file systems that cannot write a file or folder to the disk


@contextmanager
def replacing(path):
    """Yield a temporary path next to ``path``; move it to ``path`` on success, delete it on any exception.

    The body may create a file or a folder at the temporary path. An existing folder at ``path`` is replaced whole, but
    only by a folder, and a file only by a file: all else is an `InputError`, as is a pipe or a device at ``path``.
    Before the move, everything is written to the disk, and files get the mode of a new file.
    """
    path = _place(path)
    with _named(path), scratch_folder(path) as scratch:
        part = scratch / path.name
        yield part
        if path.is_dir() and not part.is_dir():
            raise InputError(f"{path} is a folder; give the path of a file to write")
        _settle(part)
        _put(part, path, scratch)


def move_folder(source, path):
    """Move a folder that `replacing` wrote to another path, in place of the folder there.

    Neither folder is ever incomplete at the path, but for a moment there is none. Between two disks, the new one is
    copied first.
    """
    source, path = Path(source), _place(path)
    with _named(path), scratch_folder(path) as scratch:
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
        sync(path, usual)
        return
    for folder, _, names in os.walk(path):
        for name in names:
            sync(Path(folder, name), usual)
        sync(folder)


def sync(path, mode=0):
    """Write one file or folder to the disk, as far as its file system can; `OSError` if that fails.

    It gets at least the permissions ``mode``, since safetensors' files have 0600. Nothing is done for what is neither.
    """
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
