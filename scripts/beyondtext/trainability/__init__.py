"""Four measurements of a model before its first training step.

May import core, data, models, study and training.
"""
