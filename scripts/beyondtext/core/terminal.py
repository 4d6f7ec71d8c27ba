"""A shorter account of a study on the terminal than Snakemake's own.

Each program prints one line with what it found, and Snakemake prints about ten around it. `shorten` leaves out what
Snakemake prints for every job, and for a failed job prints one sentence in place of the whole command, which contains
a kilobyte of settings. The complete account is in the log file whose path Snakemake prints at the end.

Snakemake's logger plugins receive log records with the attributes used here. It is not documented that the terminal
handler can be found by its name. (snakemake-logger-plugin-rich also prints the command of a failed job.)
"""

import logging
from pathlib import Path

HANDLER = "DefaultStreamHandler"
OF_EVERY_JOB = {"job_info", "group_info", "job_started", "job_finished"}
SHARE_OF_PROGRESS = 20  # a progress line for every twentieth of the jobs


def shorten():
    """Shorten what Snakemake's logger writes to the terminal; nothing changes in its log file."""
    for handler in logging.getLogger("snakemake.logging").handlers:
        if handler.name == HANDLER and not isinstance(handler.formatter, FailureFormatter):
            handler.addFilter(matters)
            handler.setFormatter(FailureFormatter(handler.formatter))


def matters(record):
    """Whether a record adds something to the line that a job's program prints."""
    event = getattr(record, "event", None)
    if event == "progress":
        return record.done * SHARE_OF_PROGRESS // record.total > (record.done - 1) * SHARE_OF_PROGRESS // record.total
    if event == "error":  # a failed command is also reported by its job_error
        return "CalledProcessError" not in record.getMessage()
    return not (event in OF_EVERY_JOB or hasattr(record, "quietness") or record.msg == "Select jobs to execute...")


class FailureFormatter(logging.Formatter):
    """Snakemake's formatter, with one sentence and the path of the log for a job that failed."""

    def __init__(self, usual):
        super().__init__()
        self.usual = usual

    def format(self, record):
        """A record as text."""
        if getattr(record, "event", None) == "job_error" and record.log:
            return f"{record.rule_name} failed: {last_line(record.log[0])}\n    its log: {record.log[0]}"
        return self.usual.format(record)


def last_line(log):
    """The last non-blank line of a log: the sentence, or the exception, with which its program ended."""
    try:
        text = Path(log).read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("error: ") if lines else "it was stopped before it could report a reason"
