"""Setting up a process that computes with models: the large libraries under them, the threads and the device."""

import gc
from importlib import import_module

from beyondtext.core.machine import threads

LIBRARIES = ("torch", "transformers.modeling_layers", "transformers.models")
# Distributions whose versions may change what a model computes, or what is made of it.
PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "numpy", "pandas", "scikit-learn", "scipy")


def prepare_device(requested, gpu_jobs):
    """Import the libraries, give torch the threads of this job, and choose its device.

    To be called where a job first needs torch, since the import takes seconds for which ``--help`` and errors in the
    arguments should not wait. For the parameters and errors see `beyondtext.models.device.choose_device`.

    Returns
    -------
    torch.device
    """
    import_libraries()
    import torch

    from beyondtext.models.device import choose_device

    torch.set_num_threads(threads())
    return choose_device(requested, gpu_jobs)


def import_libraries():
    """Import torch and the parts of transformers that every encoder needs, with the garbage collector paused.

    The two create 600,000 objects, which live until the program ends. While their number grows, Python's
    collector searches them for unreachable cycles again and again, and once more at exit. That is a quarter of the CPU
    time of a run before its first step. So the collector is paused, and the objects that exist afterwards are exempt
    from all later collections; those of training are collected as usual.

    Call it where a program first needs a model; later calls do nothing.
    """
    if gc.get_freeze_count():  # a second time would also exempt the garbage of a run in the same process
        return
    gc.disable()
    try:
        for name in LIBRARIES:
            import_module(name)
    finally:
        gc.enable()
    gc.freeze()
