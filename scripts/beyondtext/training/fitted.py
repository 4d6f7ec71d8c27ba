"""What baselines and linear models on frozen features share: they are fitted at once, without training steps."""

from beyondtext.core.machine import peak_memory_mb
from beyondtext.core.metrics import METRICS
from beyondtext.training.run_files import prediction_table, run_identity, write_run


def score_splits(predict, splits, info):
    """Score a fitted model on the validation and the test split.

    Parameters
    ----------
    predict : callable
        ``predict(name)`` returns what `beyondtext.training.linear.predictions` does, for the split of this name.
    splits : dict of str to pandas.DataFrame
        The rows of the examples by split; see `beyondtext.data.examples`.
    info : dict
        The description of the task from the same place.

    Returns
    -------
    scores : dict of str to float
        ``validation`` and ``test``.
    predictions : pandas.DataFrame
        Those of the test split; see `beyondtext.training.run_files.prediction_table`.
    """
    predicted = {name: predict(name) for name in ("validation", "test")}
    metric = METRICS[info["metric"]]
    scores = {name: float(metric(splits[name]["target"].to_numpy(), found)) for name, (found, _) in predicted.items()}
    return scores, prediction_table(splits["test"], *predicted["test"], info["target"].get("classes", []))


def write_fitted(output, settings, selected, info, scored, out_of_fold, own):
    """Write a run's folder; return the content of ``run.json``, see `beyondtext.training.run_files`.

    Parameters
    ----------
    output : path
    settings : dict
        Of the job.
    selected : dict
        What was selected while fitting; it is recorded with the settings.
    info, scored
        As `score_splits` takes and returns them.
    out_of_fold : beyondtext.training.cross_validation.OutOfFold
    own : dict
        The other keys of the record: ``examples seeds code versions device precision seconds``.
    """
    scores, predictions = scored
    record = {
        **run_identity(settings, info),
        "scores": scores | out_of_fold.scores,
        **dict.fromkeys(("best_step", "steps", "parameters")),
        "settings": {**settings, **selected},
        "data_sha256": info["sha256"],
        **own,
        "peak_memory_mb": peak_memory_mb(),
        **out_of_fold.record,
    }
    write_run(output, record, predictions, curve=None, out_of_fold=out_of_fold.table)
    return record
