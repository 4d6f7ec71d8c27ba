"""Does a model pre-trained on text help on sequences that are not text?

The library under the programs in ``scripts/``. Every module has one job. Only those that run a network
(``attention batches checkpoint device encoders representations targets training``) import torch, which takes seconds.
"""

__version__ = "0.1.0"
