"""The similarity table of one task, from the activation files of its encoders.

A row is one measure of a pair of layers in one variant. Its columns are ``task``; for each side ``model init stage seed
layer``; ``last`` (whether both are last layers); ``variant``; ``measure value ci_low ci_high``; ``permuted_mean
permuted_q95``, the mean and the 95 % quantile of the measure after permuting whole sequences; ``gaussian``, the measure
for independent Gaussian data of the same size and spectra; ``n_tokens n_sequences``. What is not computed is missing.

The variants are ``raw``; ``deconfounded``: without what symbol and position explain linearly on either side;
``truncated``: the leading principal components with 99 % of the variance; ``half`` and ``quarter``: the first blocks of
sequences, with about this share of the tokens; and ``paper``: the numbers of the released code.

Last layers are compared with every measure. Pairs of encoders that are not random initializations get intervals,
Gaussian nulls and all variants; those that answer the study's question also get the null of permuted sequences
(`beyondtext.study.encoder_pairs.answer_pairs`). A random initialization, fine-tuned or not, is itself a null, and its
error is the variation over several of them, so its rows for last layers have values only. It is compared where it
stands for another encoder (`beyondtext.study.encoder_pairs.random_pairs`), and unmodified with those of its model and
stage. All layers are compared with debiased CKA and attention overlap, in the raw variant, for some pairs
(`Comparison.layerwise_pairs`); other layers than the last are compared for a single random initialization of each, with
an interval.
"""

import pandas as pd

from beyondtext.similarity.activations import Activations
from beyondtext.similarity.attention_rows import attention_rows
from beyondtext.similarity.comparison import Comparison, check_encoders
from beyondtext.similarity.files import write_similarities
from beyondtext.similarity.last_layer_rows import last_layer_rows
from beyondtext.similarity.layerwise_rows import layerwise_rows
from beyondtext.similarity.published_code import published_pwcca_rows
from beyondtext.similarity.tokens import TokenBlocks
from beyondtext.study.measured_models import Encoder, seeds_by_arm


def compare(settings, paths, output):
    """Compare the encoders of a task and write the similarity table.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.similarity_settings`.
    paths : list of path
        The activation files of the encoders, one for each.
    output : path
        The parquet file to write.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    InputError
        For files of different tokens, values that are not finite, or too few tokens, sequences or groups for the
        settings.
    """
    encoders = [Activations(path) for path in paths]
    check_encoders(settings["task"], encoders)
    comparison = Comparison(settings, encoders, TokenBlocks(encoders[0].tokens))
    rows = last_layer_rows(comparison, ["raw", "deconfounded"])
    rows += layerwise_rows(comparison)
    rows += published_pwcca_rows(encoders, [*comparison.pairs_of_interest, *comparison.null_pairs])
    rows += attention_rows(comparison)
    table = pd.DataFrame(rows)
    table.insert(0, "task", settings["task"])
    compared = seeds_by_arm([Encoder(**encoder.identity) for encoder in encoders])
    write_similarities(output, table, {**settings, "encoders": compared})
    return table
