"""One line on what a study requests."""

from beyondtext.study import grid, measured_models


def overview(config, whole):
    """What a study will make, with numbers, and what it leaves out.

    Parameters
    ----------
    config : dict
        The part of a configuration that its ``experiments`` select (`beyondtext.study.selection.selected`).
    whole : dict
        The whole configuration.

    Returns
    -------
    str
    """
    runs = {name: len(runs) for name, runs in grid.runs_by_experiment(config).items()}
    requested = [f"{name} (runs: {count:,})" for name, count in runs.items()]
    for what, unit, every in (
        ("frozen features", "runs", grid.frozen_runs(config)),
        ("similarity", "tasks", measured_models.compared_encoders(config)),
        ("trainability", "measurements", measured_models.initial_models(config)),
    ):
        if every:
            requested.append(f"{what} ({unit}: {len(every):,})")
    others = [name for name in grid.runs_by_experiment(whole) if name not in config["experiments"]]
    return f"experiments: {', '.join(requested)}" + (f"; not requested: {', '.join(others)}" if others else "")
