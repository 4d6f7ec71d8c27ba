"""Does a model pre-trained on text help on sequences that are not text?

The library under the programs in ``scripts/``. Its packages are `core`, `study`, `data`, `models`, `training`,
`similarity`, `trainability` and `report`: each may import those named before it. Only modules that run a network import
torch at the top, since that takes seconds.
"""

__version__ = "0.1.0"
