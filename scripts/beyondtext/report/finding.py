"""What a study found, as Markdown for a README: the sentences of the page, and a table of scores and answers."""

import math

from beyondtext.report import text
from beyondtext.report.arms import primary
from beyondtext.report.sections import advice, answer, control, verdict_words

SCORES = {  # the columns of `verdicts` that are shown, by their titles
    "text model, fine-tuned": "score",
    "trained from scratch": "scratch",
    "text model, frozen": "frozen",
    "untrained, frozen": "frozen_scratch",
    "n-grams": "kmer",
    "trivial": "trivial",
}


def finding(tables, config):
    """The sentences of `verdict_words` and of `control` as a paragraph, and a table with a row for each task.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        ``verdicts`` and ``effects``, and those that `advice.entries` needs.
    config : dict
        A configuration, narrowed to the experiments that it requests.

    Returns
    -------
    list of str
        Lines. Of several rows of a task in ``verdicts``, the table has the first. A study without verdicts has one
        line, with all its answers in short.
    """
    verdicts = tables["verdicts"]
    answers = {entry["title"]: entry["heading"] for entry in advice.entries(tables, config)}
    titles = ["task (score)", *SCORES, "what the report says"]
    said = [*verdict_words.sentences(verdicts, config["report"]["endpoint"]), *control.sentences(tables, config)]
    if verdicts.empty:
        return [" ".join([advice.in_short(tables), *said])]
    lines = [" ".join(said), ""]
    lines += [_row(titles), _row(["---"] * len(titles))]
    for row in primary(verdicts).drop_duplicates("task").to_dict("records"):
        name = text.task_title(row["task"])
        about = f"{name}: {answer.domain(row)} ({text.metric_title(row['metric'])})"
        lines.append(_row([about, *_scores(row), answers[name]]))
    return lines


def _scores(row):
    """The scores of one task with two decimals, the highest in bold; a dash for what the study lacks."""
    numbers = [round(row[column], 2) for column in SCORES.values()]
    highest = max(number for number in numbers if not math.isnan(number))
    shown = [text.DASH if math.isnan(number) else f"{number:z.2f}".replace("-", "−") for number in numbers]
    return [f"**{words}**" if number == highest else words for words, number in zip(shown, numbers, strict=True)]


def _row(cells):
    return f"| {' | '.join(cells)} |"
