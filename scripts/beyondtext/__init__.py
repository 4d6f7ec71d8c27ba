"""Does a model pre-trained on text help on sequences that are not text?

The library under the programs in ``scripts/``. Its packages, in the order in which they may import each other, are
`core`, `study`, `data`, `models`, `training`, `similarity`, `trainability` and `report`. Only modules that run a network
import torch at the top, since that takes seconds.
"""

__version__ = "0.1.0"
