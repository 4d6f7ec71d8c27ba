"""The study of a task: its stages, and what they compare."""

from beyondtext.study import definitions
from beyondtext.study.domain import small_domain_models

INITS = ["pretrained", "scratch"]
FROZEN_SEEDS = 3


def study_of(name, task, wishes, notes):
    """What a study file says, except for the training that its time allows.

    Parameters
    ----------
    name : str
        Of the study and its task.
    task : dict
        The task's definition.
    wishes : Wishes
    notes : Notes

    Returns
    -------
    study : dict
    seen : dict of str to str
        Comments by key.
    """
    domain_models, seen = small_domain_models(task, wishes.model), {}
    if domain_models:
        why = f"a {task['domain']} model no larger than {wishes.model}"
        caveats = [note for model in domain_models if (note := definitions.model(model).get("note"))]
        advice = "; frozen.domain_models in the study's file names them"
        notes.add(f"compared with {', '.join(domain_models)}", " ".join([f"{why}.", *caveats]).rstrip(".") + advice)
        seen["frozen.domain_models"] = why
    study = {
        "name": name,
        "tasks": [name],
        "experiments": ["main", "frozen"],
        "arms": [{"models": [wishes.model], "inits": list(INITS)}],
        "frozen": {"inits": list(INITS), "max_seeds": FROZEN_SEEDS, "domain_models": domain_models},
    }
    if wishes.margin is not None:
        study["report"] = {"margin": wishes.margin}
    return study, seen
