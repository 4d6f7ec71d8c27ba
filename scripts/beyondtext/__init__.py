"""Does a model pre-trained on text help on sequences that are not text?

The library under the programs in ``scripts/``. Every module has one job, importing one is cheap,
and torch is imported by the training and similarity modules only.
"""

__version__ = "0.1.0"
