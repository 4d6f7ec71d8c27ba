"""What a run needs before its first step: its splits as ids, its target, and the initialized model."""

from dataclasses import dataclass

import numpy as np
import torch

from beyondtext.core.seeds import run_seeds
from beyondtext.data.examples import SEPARATOR, read_examples
from beyondtext.data.raw import raw_files
from beyondtext.data.splits import take_fraction
from beyondtext.models.classifier import SequenceModel
from beyondtext.models.compact_embeddings import keep_rows
from beyondtext.models.loading import load_encoder, positions
from beyondtext.models.token_ids import encode, map_symbols, refuse_too_long
from beyondtext.models.vocabulary import load_vocabulary
from beyondtext.training.targets import ClassTarget, NumberTarget


@dataclass
class Setup:
    """A run before its first step.

    ``examples`` and ``info`` are the task's files, ``data`` its splits (`Split`), ``pad`` the pad
    id. The model has only the embedding rows that occur: ``embeddings`` are all of them, ``compact`` is the table from
    `beyondtext.models.compact_embeddings.keep_rows`.
    """

    model: SequenceModel
    data: dict
    target: ClassTarget | NumberTarget
    pad: int
    examples: object
    info: dict
    embeddings: torch.nn.Embedding
    compact: np.ndarray


def set_up(settings, examples_path, raw, attention):
    """Read a run's files and build its model, on the CPU.

    Parameters
    ----------
    settings : dict
        ``task model init mapping fraction seed special_ids model_definition``; see `beyondtext.study.job_settings`.
    examples_path, raw : path
        The task's examples file, and the folder of the model's source.
    attention : str
        The name of an attention implementation.

    Returns
    -------
    Setup

    Raises
    ------
    InputError
        If the files do not fit each other, or a sequence is too long for the model.
    """
    seeds = run_seeds(settings["seed"])
    examples, info = read_examples(examples_path, settings["task"])
    encoder, mapping = read_encoder(settings, info, raw, attention)
    sequences = encode(examples["symbols"], mapping)
    refuse_too_long(sequences, positions(encoder.config), settings["task"], settings["model"])

    embeddings = encoder.get_input_embeddings()
    compact = keep_rows(encoder, np.unique(np.concatenate(sequences)).tolist(), mapping.pad).numpy()
    examples["ids"] = [compact[sequence] for sequence in sequences]
    data = split_data(examples, settings["fraction"], seeds["order"])

    if info["target"]["kind"] == "class":
        target = ClassTarget(tuple(info["target"]["classes"]))
    else:
        target = NumberTarget.of(data["train"].values)
    paired = any(SEPARATOR in symbols for symbols in examples["symbols"])
    separator = int(compact[mapping.end]) if paired else None
    torch.manual_seed(seeds["head"])  # the same head for every init, however many numbers the encoder drew
    model = SequenceModel(encoder, settings["model_definition"]["pooling"], target.outputs, separator)
    return Setup(model, data, target, int(compact[mapping.pad]), examples, info, embeddings, compact)


def read_encoder(settings, info, raw, attention="eager"):
    """An encoder with its starting weights, and the mapping of a task's symbols to its ids; see `set_up`.

    ``info`` is what stands beside the task's examples.
    """
    seeds, definition, files = run_seeds(settings["seed"]), settings["model_definition"], raw_files(raw)
    mapping = map_symbols(
        info["alphabet"],
        info["symbols"]["kind"],
        load_vocabulary(definition, files),
        definition,
        settings["mapping"],
        seeds["map"],
        settings["special_ids"],
    )
    return load_encoder(definition, files, settings["init"], seeds["init"], attention), mapping


def split_data(examples, fraction, seed):
    """The three splits as `Split`, with a share of the training rows."""
    parts = dict(list(examples.groupby("split")))
    parts["train"] = take_fraction(parts["train"], fraction, seed)
    return {name: Split(part["ids"].tolist(), part["target"].tolist()) for name, part in parts.items()}


@dataclass(frozen=True)
class Split:
    """One split of a task as the model reads it.

    ``sequences`` are int64 id arrays, ``values`` the targets as the examples file has them.
    """

    sequences: list
    values: list

    @property
    def lengths(self):
        """Tokens in each sequence."""
        return [len(sequence) for sequence in self.sequences]
