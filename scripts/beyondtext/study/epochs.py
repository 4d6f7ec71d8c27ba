"""Training settings that specify epochs instead of steps."""

import math


def in_steps(training, examples):
    """Training settings with the equivalent number of ``steps`` in place of ``epochs``, if they specify epochs."""
    if "epochs" not in training:
        return training
    steps = math.ceil(training["epochs"] * math.ceil(examples / training["batch_size"]))
    return {**training, "steps": steps}
