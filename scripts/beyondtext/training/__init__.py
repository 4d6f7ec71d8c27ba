"""Fine-tuning runs and baselines: setup, loop, files.

May import the packages before it: core, data, models, study.
"""
