"""Fine-tuning runs and baselines: preparing a run, the training loop, scoring, and a run's files.

Read the modules in the order `run`, `setup`, `loop`. May import `beyondtext.models` and the packages that `models` may
import.
"""
