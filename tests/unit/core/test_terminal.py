"""What the terminal shows of Snakemake's log records."""

import io
import logging

import pytest
from snakemake.logging import ColorizingTextHandler, DefaultFormatter, logger
from snakemake_interface_logger_plugins.common import LogEvent

from beyondtext.core import terminal

FAILED = {
    "event": LogEvent.JOB_ERROR,
    "rule_name": "finetune_run",
    "rule_msg": None,
    "jobid": 7,
    "input": [],
    "output": ["run.json"],
    "conda_env": None,
    "aux": {},
    "indent": False,
    "shellcmd": "python scripts/finetune.py --settings '{...}'",
}


@pytest.fixture
def shown():
    """A function that logs a record as Snakemake does and returns what the terminal shows of it."""
    stream = io.StringIO()
    handler = ColorizingTextHandler(nocolor=True, stream=stream, formatter=DefaultFormatter())
    handler.name = terminal.HANDLER
    before, level = logger.handlers[:], logger.level
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    terminal.shorten()

    def show(message, level=logging.INFO, **extra):
        start = stream.tell()
        logger.log(level, message, extra=extra)
        return stream.getvalue()[start:]

    yield show
    logger.handlers[:] = before
    logger.setLevel(level)


def test_what_snakemake_logs_for_every_job_is_left_out(shown):
    assert shown("Select jobs to execute...") == ""
    assert shown("Execute 2 jobs...", event=LogEvent.JOB_STARTED, jobs=[1, 2]) == ""
    assert shown("Finished jobid: 2 (Rule: all)", event=LogEvent.JOB_FINISHED, job_id=2) == ""
    assert shown("Nothing to be done") == "Nothing to be done\n"


def test_progress_is_shown_for_every_twentieth_of_the_jobs(shown):
    lines = [shown("", event=LogEvent.PROGRESS, done=done, total=1000) for done in range(1, 1001)]
    assert [done for done, line in enumerate(lines, start=1) if line] == list(range(50, 1001, 50))
    assert all(shown("", event=LogEvent.PROGRESS, done=done, total=3) for done in (1, 2, 3))


def test_a_failed_job_is_one_sentence_and_its_log(shown, tmp_path):
    log = tmp_path / "run.log"
    log.write_text("step 0/2\nerror: data/x.parquet is missing; run `snakemake tokenize`\n\n")
    text = shown("Error in rule finetune_run", logging.ERROR, log=[str(log)], **FAILED)
    assert text == (f"finetune_run failed: data/x.parquet is missing; run `snakemake tokenize`\n    its log: {log}\n")
    log.write_text("")
    assert "stopped before it could report a reason" in shown("Error", logging.ERROR, log=[str(log)], **FAILED)
    log.unlink()
    assert "stopped before it could report a reason" in shown("Error", logging.ERROR, log=[str(log)], **FAILED)


def test_the_command_of_a_failed_job_is_left_out_but_other_errors_are_not(shown):
    failed = "RuleException:\nCalledProcessError in file finetune.smk:\nCommand '...' returned non-zero exit status 1."
    assert shown(failed, logging.ERROR, event=LogEvent.ERROR, exception="RuleException") == ""
    missing = "MissingOutputException in rule finetune_run"
    assert missing in shown(missing, logging.ERROR, event=LogEvent.ERROR, exception="MissingOutputException")
    assert "LockException" in shown("LockException", logging.ERROR)


def test_the_log_file_keeps_everything(tmp_path):
    handler = logging.FileHandler(tmp_path / "log")
    handler.name = "DefaultLogFileHandler"
    logger.addHandler(handler)
    try:
        terminal.shorten()
        assert not handler.filters and handler.formatter is None
    finally:
        logger.removeHandler(handler)
        handler.close()
