"""The four analyses of one model: from its setup to the rows of its file."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from beyondtext.core.seeds import derive, run_seeds
from beyondtext.trainability import measures
from beyondtext.training.setup import Setup

ROUNDING = float(np.finfo(np.float32).eps)  # of the largest singular value of a Jacobian; smaller ones are errors
SMALLEST = float(np.finfo(np.float32).tiny)  # stands for 0


@dataclass(frozen=True)
class Job:
    """What an analysis needs.

    Attributes
    ----------
    settings : dict
        From `beyondtext.study.job_settings.trainability_settings`.
    setup : Setup
        The model and its data.
    sample : numpy.ndarray of int, shape (batches, sequences)
        Which training sequences are in each batch.
    device : torch.device
    advance : callable
        To be called after each measurement.
    """

    settings: dict
    setup: Setup
    sample: np.ndarray
    device: torch.device
    advance: Callable

    @property
    def batches(self):
        """The id arrays of each batch."""
        return [[self.setup.data["train"].sequences[row] for row in rows] for rows in self.sample]


def gradient_rows(job):
    """The cosine between the gradients of every pair of batches."""
    values = job.setup.data["train"].values
    batches = [
        (sequences, [values[row] for row in rows]) for sequences, rows in zip(job.batches, job.sample, strict=True)
    ]
    cosines = measures.gradient_cosines(job.setup.model, batches, job.setup.target, job.setup.pad, job.device)
    job.advance()
    return [{"analysis": "gradient_cosine", **summarize(cosines[np.triu_indices(len(cosines), 1)])}]


def perturbation_rows(job):
    """The relative change of the first token's vector, for each standard deviation of the noise."""
    seed = derive(run_seeds(job.settings["seed"])["init"], "noise")
    rows = []
    for noise in job.settings["noise"]:
        changes = measures.perturbation_changes(job.setup.model, job.batches, job.setup.pad, job.device, noise, seed)
        rows.append({"analysis": "perturbation", "noise": noise, **summarize(changes)})
        job.advance()
    return rows


def layer_norm_rows(job):
    """The standard deviation of the input of each layer normalization."""
    deviations = measures.layer_norm_input_deviations(job.setup.model, job.batches, job.setup.pad, job.device)
    job.advance()
    return [
        {"analysis": "layer_norm_input", "place": f"{number} {name}", **summarize(values)}
        for number, (name, values) in enumerate(deviations.items(), start=1)
    ]


def singular_value_rows(job):
    """The log10 of the singular values of the Jacobian, for one random token of each of the first sequences.

    Values that float32 cannot tell from 0 count as the smallest one that it can.
    """
    generator = np.random.default_rng(job.settings["sample_seed"])
    logarithms = []
    for row in job.sample.ravel()[: job.settings["jacobians"]]:
        sequence = job.setup.data["train"].sequences[row][: job.settings["jacobian_tokens"]]
        token = int(generator.integers(len(sequence)))
        values = measures.jacobian_singular_values(job.setup.model, sequence, token, job.device)
        logarithms.append(np.log10(np.maximum(values, max(ROUNDING * values[0], SMALLEST))))
        job.advance()
    return [{"analysis": "log10_singular_value", **summarize(np.concatenate(logarithms))}]


def summarize(values):
    """The columns that describe a distribution; the standard deviation has n - 1 in its denominator."""
    return {
        "n": len(values),
        "mean": values.mean(),
        "sd": values.std(ddof=1) if len(values) > 1 else 0.0,
        "lowest": values.min(),
        "median": np.median(values),
        "highest": values.max(),
    }


ANALYSES = (gradient_rows, perturbation_rows, layer_norm_rows, singular_value_rows)
