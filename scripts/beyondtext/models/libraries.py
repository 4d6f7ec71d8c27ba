"""Importing the large libraries under every model."""

import gc
from importlib import import_module

LIBRARIES = ("torch", "transformers.modeling_layers", "transformers.models")


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
