"""The means and effects as nested dicts of plain numbers, which ``dvc metrics show`` reads."""


def dvc_metrics(summary, effects):
    """Means by task and arm, and under ``effects`` the effects by task and comparison, to four decimals.

    ``summary`` and ``effects`` are the tables with these names.
    """
    numbers = {}
    for row in summary.to_dict("records"):
        arm = f"{row['model']}/{row['init']}/{row['mapping']}/{row['fraction']:g}/{row['rate']}"
        numbers.setdefault(row["task"], {})[arm] = round(row["mean"], 4)
    for row in effects.to_dict("records"):
        comparison = f"{row['model']}/{row['comparison']}/{row['mapping']}/{row['fraction']:g}/{row['rate']}"
        numbers.setdefault("effects", {}).setdefault(row["task"], {})[comparison] = round(row["mean"], 4)
    return numbers
