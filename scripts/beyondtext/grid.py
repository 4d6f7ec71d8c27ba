"""Which runs a configuration asks for, and where each of them lives."""

from dataclasses import dataclass

BASELINE = "baseline"  # the init of a run that has no network


@dataclass(frozen=True, order=True)
class Run:
    """One (task, model, init, mapping, train fraction, seed); an arm is a run without its seed."""

    task: str
    model: str
    init: str
    mapping: str
    fraction: float
    seed: int

    @property
    def directory(self):
        """Where the run's files lie, relative to the project's root."""
        return (
            f"results/runs/{self.task}/{self.model}/{self.init}/{self.mapping}"
            f"/fraction{self.fraction:.12g}/seed{self.seed}"
        )


def trained_runs(config):
    """The fine-tuning runs, in the order of the configuration, each once."""
    return list(
        dict.fromkeys(
            Run(task, model, init, mapping, fraction, seed)
            for arm in config["arms"]
            for task in arm.get("tasks", config["tasks"])
            for model in arm["models"]
            for init in arm["inits"]
            for mapping in arm.get("mappings", ["permutation"])
            for fraction in config["fractions"]
            for seed in config["seeds"]
        )
    )


def baseline_runs(config):
    """The baselines' runs. They have no random start, so each has one seed, 0."""
    return [
        Run(task, name, BASELINE, "identity", fraction, 0)
        for task in config["tasks"]
        for name in config["baselines"]
        for fraction in config["fractions"]
    ]


def all_runs(config):
    """Every run that the report reads."""
    return trained_runs(config) + baseline_runs(config)
