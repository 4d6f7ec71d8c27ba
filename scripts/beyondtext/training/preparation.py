"""Preparing a run: its splits as token ids, its target, and its initialized model."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from beyondtext.core.seeds import run_seeds
from beyondtext.data.examples import SEPARATOR, read_examples
from beyondtext.data.raw import raw_files
from beyondtext.data.splits import take_fraction
from beyondtext.models.classifier import SequenceModel
from beyondtext.models.compact_embeddings import keep_rows
from beyondtext.models.kernels import fastest_attention
from beyondtext.models.loading import load_encoder, positions
from beyondtext.models.token_ids import encode, map_symbols, refuse_too_long
from beyondtext.models.vocabulary import load_vocabulary, refuse_more_entries
from beyondtext.training.setup import Setup, Split
from beyondtext.training.targets import ClassTarget, NumberTarget


@dataclass(frozen=True)
class RunSetup(Setup):
    """A `Setup` with what a run's files need as well.

    Attributes
    ----------
    examples : pandas.DataFrame
        The task's examples; see `beyondtext.data.examples`.
    info : dict
        The description of the task from the same place.
    embeddings : torch.nn.Embedding
        All word embeddings. The model has only the rows whose ids occur in the task.
    new_ids : numpy.ndarray of int64, shape (vocabulary,)
        The table from `beyondtext.models.compact_embeddings.keep_rows`.
    """

    examples: pd.DataFrame
    info: dict
    embeddings: torch.nn.Embedding
    new_ids: np.ndarray


def set_up_on(device, settings, examples_path, raw):
    """`set_up` with the attention that is fastest on a device, to which the model is yet to be moved."""
    return set_up(settings, examples_path, raw, fastest_attention(device))


def set_up(settings, examples_path, raw, attention):
    """Read a run's files and build its model, on the CPU.

    Parameters
    ----------
    settings : dict
        ``task model init mapping fraction seed special_ids model_definition``; see `beyondtext.study.job_settings`.
    examples_path : path
        The task's examples file.
    raw : path
        The folder of the model's source.
    attention : str
        The name of an attention implementation, as for `beyondtext.models.loading.load_encoder`.

    Returns
    -------
    RunSetup

    Raises
    ------
    InputError
        If a file is missing or does not fit the others, or a sequence is too long for the model.
    """
    seeds = run_seeds(settings["seed"])
    examples, info = read_examples(examples_path, settings["task"])
    encoder, mapping = read_encoder(settings, info, raw, attention)
    sequences = encode(examples["symbols"], mapping)
    refuse_too_long(sequences, positions(encoder.config), settings["task"], settings["model"])

    embeddings = encoder.get_input_embeddings()
    new_ids = keep_rows(encoder, np.unique(np.concatenate(sequences)).tolist(), mapping.pad).numpy()
    examples["ids"] = [new_ids[sequence] for sequence in sequences]
    data = split_data(examples, settings["fraction"], seeds["order"])

    if info["target"]["kind"] == "class":
        target = ClassTarget(tuple(info["target"]["classes"]))
    else:
        target = NumberTarget.fit(data["train"].values)
    paired = any(SEPARATOR in symbols for symbols in examples["symbols"])
    separator = int(new_ids[mapping.end]) if paired else None
    torch.manual_seed(seeds["head"])  # every init gets the same head, however many random numbers its encoder drew
    model = SequenceModel(encoder, settings["model_definition"]["pooling"], target.outputs, separator)
    pad = int(new_ids[mapping.pad])
    return RunSetup(model, data, target, info["metric"], pad, examples, info, embeddings, new_ids)


def read_encoder(settings, info, raw, attention="eager"):
    """Build a run's initialized encoder and the mapping of the task's symbols to its ids.

    Parameters
    ----------
    settings : dict
        As for `set_up`.
    info : dict
        The description of the task's examples; ``alphabet`` and ``symbols`` are used.
    raw, attention
        As for `set_up`.

    Returns
    -------
    encoder : transformers.PreTrainedModel
    mapping : beyondtext.models.token_ids.Mapping
    """
    seeds, definition, files = run_seeds(settings["seed"]), settings["model_definition"], raw_files(raw)
    vocabulary = load_vocabulary(definition, files)
    mapping = map_symbols(
        info["alphabet"],
        info["symbols"]["kind"],
        vocabulary,
        definition,
        settings["mapping"],
        seeds["map"],
        settings["special_ids"],
    )
    encoder = load_encoder(definition, files, settings["init"], seeds["init"], attention)
    refuse_more_entries(vocabulary, encoder, definition)
    return encoder, mapping


def split_data(examples, fraction, seed):
    """Divide examples into splits, with a fraction of the training rows.

    Parameters
    ----------
    examples : pandas.DataFrame
        ``split``, ``ids`` (token ids of each sequence), ``target`` and what `beyondtext.data.splits.take_fraction`
        reads.
    fraction : float
        The share of the training rows to keep.
    seed : int
        It decides which.

    Returns
    -------
    dict of str to Split
    """
    parts = dict(list(examples.groupby("split")))
    parts["train"] = take_fraction(parts["train"], fraction, seed)
    return {name: Split(part["ids"].tolist(), part["target"].tolist()) for name, part in parts.items()}
