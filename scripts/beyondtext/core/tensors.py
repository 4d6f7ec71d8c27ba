"""Writing safetensors files."""

import os
import re

from beyondtext.core.atomic import replacing


def write_tensors(path, save, tensors, metadata=None):
    """Write tensors and metadata, atomically.

    Parameters
    ----------
    path : path
    save : callable
        ``safetensors.torch.save_file`` or ``safetensors.numpy.save_file``.
    tensors : dict of str to torch.Tensor or numpy.ndarray
    metadata : dict of str to str, optional

    Raises
    ------
    OSError
        If the disk is full, say. The library gives the system's error as text of an exception of its own.
    """
    from safetensors import SafetensorError

    with replacing(path) as part:
        try:
            save(tensors, part, metadata)
        except SafetensorError as error:
            number = re.search(r"\(os error (\d+)\)", str(error))
            if number is None:
                raise
            raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from None
