"""What baselines and linear models on frozen features share: they are fitted at once, without training steps."""

from beyondtext.core.metrics import METRICS
from beyondtext.training.run_files import prediction_table

WITHOUT_STEPS = {"best_step": None, "steps": None, "parameters": None}  # keys of the run's record


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
