"""Fine-tuning runs and baselines: preparing a run, the training loop, scoring, and a run's files.

The order to read it in is `run`, `setup`, `loop`. May import `beyondtext.models` and the packages that `models` may
import.
"""
