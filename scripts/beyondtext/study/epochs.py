"""Training settings that specify epochs instead of steps."""

import math


def in_steps(training, examples):
    """Training settings with the equivalent number of ``steps`` in place of ``epochs``, if they specify epochs."""
    if "epochs" not in training:
        return training
    steps = training["epochs"] * math.ceil(examples / training["batch_size"])
    steps = math.ceil(round(steps, 6))  # 1.1 epochs of 100 steps are 110, though their product is a little more
    return {**training, "steps": steps}
