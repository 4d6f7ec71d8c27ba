"""What a configuration can name: metrics, initializations, baselines and measures of similarity.

Each registry is a dict of objects by name, in the module that defines them. That module is imported by name, not with
an import statement. So although checking a configuration loads packages above this one, the code digest of a job, which
follows import statements, does not cover objects that the job never uses: a new metric or initialization triggers no
new download or tokenization.
"""

from importlib import import_module

REGISTRIES = {
    "metric": "beyondtext.core.metrics:METRICS",
    "init": "beyondtext.models.initializations:INITIALIZATIONS",
    "baseline": "beyondtext.training.baselines:BASELINES",
    "measure": "beyondtext.similarity.measures:MEASURES",
}


def registry(key):
    """The objects of one kind, as a dict by name; ``key`` is one of `REGISTRIES`."""
    module, _, attribute = REGISTRIES[key].partition(":")
    return getattr(import_module(module), attribute)
