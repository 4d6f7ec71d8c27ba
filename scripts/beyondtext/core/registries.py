"""What a configuration can name: metrics, initializations, baselines and measures of similarity.

Each is a dict of objects by name, in the module that defines them. They are imported by name, and only when they are
looked up: so checking a configuration needs no package above this one, and the code digest of a job does not cover
objects that it never uses. A new metric or initialization downloads and tokenizes nothing again.
"""

from importlib import import_module

REGISTRIES = {
    "metric": "beyondtext.core.metrics:METRICS",
    "init": "beyondtext.models.initializations:INITIALIZATIONS",
    "baseline": "beyondtext.training.baselines:BASELINES",
    "measure": "beyondtext.similarity.measures:MEASURES",
}


def registry(key):
    """The objects of one kind by name, as a dict; ``key`` is one of `REGISTRIES`."""
    module, _, attribute = REGISTRIES[key].partition(":")
    return getattr(import_module(module), attribute)
