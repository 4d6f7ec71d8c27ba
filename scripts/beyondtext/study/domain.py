"""Which models know the symbols of a task by name."""

from beyondtext.study import definitions
from beyondtext.study.shape import most_symbols, shape_of


def small_domain_models(task, model):
    """The models of a task's own domain that read its sequences and are no larger than another model.

    Of models of one shape, the first by name is enough.

    Parameters
    ----------
    task : dict
        The task's definition.
    model : str
        The name of the text model, which none of them exceeds in size.

    Returns
    -------
    list of str
    """
    if task["domain"] == definitions.model(model)["domain"]:
        return []
    most, found = shape_of(model).layer_weights, {}
    for name in definitions.names("models"):
        if definitions.model(name)["domain"] != task["domain"] or "pretraining_steps" in definitions.model(name):
            continue
        limit, shape = most_symbols(name, task), shape_of(name)
        if shape.layer_weights <= most and (limit is None or task["max_length"] <= limit):
            found.setdefault(shape, name)
    return list(found.values())
