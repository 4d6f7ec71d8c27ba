"""Whether a task has enough test sequences for its similarities, known before anything is trained.

The check draws the sample that `beyondtext.similarity.extract` will draw, and looks at the same numbers as
`beyondtext.similarity.compare`; only representations are not needed. `beyondtext.similarity.files` describes the file
with what it finds.
"""

import numpy as np

from beyondtext.similarity.activations import draw_sample
from beyondtext.similarity.arrays import enough_rows
from beyondtext.similarity.jackknife import FEWEST_GROUPS
from beyondtext.similarity.measures import MEASURES
from beyondtext.similarity.tokens import TokenBlocks


def find_problem(settings, test, alphabet, widths):
    """Why the similarities of a task cannot be computed.

    Parameters
    ----------
    settings : dict
        From `beyondtext.study.job_settings.check_settings`.
    test : pandas.DataFrame
        The task's test examples, with the columns ``id group symbols``.
    alphabet : list of str
    widths : dict of str to int
        Of the models that are compared.

    Returns
    -------
    str or None
        A sentence with what there is, what is needed and what to do; None if they can be computed.
    """
    lengths = [len(symbols) for symbols in test["symbols"]]
    sample, tokens, _ = draw_sample(settings, test, alphabet)
    has = f"{len(sample)} test sequences with {len(tokens['group']):,} tokens"
    remove = f", or remove {settings['task']} from similarity.tasks"
    more_sequences = _more_sequences(settings, lengths, sample) + remove
    groups = len(np.unique(tokens["group"]))
    if groups < FEWEST_GROUPS:
        return f"{has} in {groups} groups, but an interval needs {FEWEST_GROUPS} groups; {more_sequences}"
    more_tokens = _more_tokens(settings, lengths, sample) + remove
    return _too_few_for_fits(settings, TokenBlocks(tokens), widths, has, more_tokens)


def _too_few_for_fits(settings, blocks, widths, has, advice):
    """The sentence for measures that fit more directions than there are tokens; None if all can be computed."""
    measures = [MEASURES[name] for name in settings["measures"] if MEASURES[name].needs_full_rank]
    if not measures:
        return None
    fewest = min(
        blocks.fewest_in_fit(variant, measure.on_folds) for measure in measures for variant in ("raw", "deconfounded")
    )
    model = max(widths, key=widths.get)
    if enough_rows(widths[model], widths[model], fewest):
        return None
    names = ", ".join(measure.name for measure in measures)
    return (
        f"{has}, of which {max(fewest, 0):,} are left for a fit, but {names} of {model} ({widths[model]:,} columns) "
        f"would need {widths[model] + 2:,}; {advice}, or compare with CKA alone (similarity.measures: [cka])"
    )


def _more_sequences(settings, lengths, sample):
    """How to get a sample of more sequences."""
    if len(sample) < len(lengths):
        return "raise similarity.sequences"
    is_capped = settings["test_cap"] is not None and len(lengths) >= settings["test_cap"]
    return f"raise caps.{settings['task']}.test" if is_capped else "add test sequences"


def _more_tokens(settings, lengths, sample):
    """How to get a sample of more tokens."""
    if len(sample) < len(lengths):
        return "raise similarity.tokens"
    more = _more_sequences(settings, lengths, sample)
    return f"raise similarity.tokens_per_sequence, {more}" if max(lengths) > settings["tokens_per_sequence"] else more
