"""Fine-tuning runs and baselines: preparing a run, the training loop, scoring, and a run's files.

To follow a fine-tuning run, read `together`, `run`, `preparation` and `loop`, in this order. The package may import
`beyondtext.models` and the packages that `models` may import.
"""
