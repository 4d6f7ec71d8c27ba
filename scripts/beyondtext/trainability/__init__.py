"""Trainability: four measurements of a model before its first training step.

`measures` computes them for a model and batches of ids, `run` goes from the settings of one model to its file, and
`files` defines that file. The package may import core, study, data, models and training.
"""
