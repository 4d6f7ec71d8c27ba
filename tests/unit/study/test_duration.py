"""How long jobs take, from given speeds."""

import subprocess

import pytest

from beyondtext.study import duration
from beyondtext.study.cost import Job
from beyondtext.study.duration import Machine

SPEED = 1e9 / duration.SHARE_OF_PROCESSOR  # of a product, if training reaches 1e9
MACHINE = Machine(cores=8, training=SPEED, float32=SPEED / 2)
RUN = Job("fine-tuning: main", "a", seconds=5, tokens=1, operations=10e9, steps=100)
REPRESENTATIONS = Job("representations", "b", seconds=5, tokens=1, operations=10e9, in_float32=True)
TABLES = Job("report", "c", seconds=15)
DOWNLOAD = Job("downloads", "d")


def test_jobs_share_the_cores():
    assert duration.on_processors([RUN] * 4, MACHINE, cores=2) == pytest.approx(4 * (5 + 10) / 2)
    assert duration.on_processors([], MACHINE, cores=2) == 0


def test_float32_has_a_speed_of_its_own():
    assert duration.on_processors([REPRESENTATIONS], MACHINE, cores=1) == pytest.approx(5 + 20)


def test_more_cores_than_jobs_or_than_there_are_do_not_help():
    assert duration.on_processors([RUN, TABLES], MACHINE, cores=8) == pytest.approx(15)
    assert duration.on_processors([RUN] * 32, MACHINE, cores=16) == pytest.approx(32 * 15 / 8)


def test_steps_on_a_gpu_take_a_least_time_and_runs_of_one_process_share_their_start():
    peak = 1e9 / duration.SHARE_OF_PEAK
    seconds = duration.on_gpus([RUN] * 8, peak, runs_per_process=8)
    assert seconds == pytest.approx(5 + 8 * (10 + 100 * duration.GPU_STEP_SECONDS))
    assert duration.on_gpus([RUN] * 8, peak, gpus=2) == pytest.approx(seconds / 2)


def test_runs_of_one_process_share_its_start_on_processors_too():
    assert duration.on_processors([RUN] * 8, MACHINE, 2, runs_per_process=4) == pytest.approx(8 * (5 / 4 + 10) / 2)
    assert duration.on_processors([REPRESENTATIONS], MACHINE, 1, runs_per_process=4) == pytest.approx(5 + 20)
    one = Machine(2, SPEED, SPEED, ("NVIDIA L4",))
    apart, by_default, together = (duration.expected_seconds([RUN] * 80, one, 2, 1, n) for n in (1, None, 8))
    assert by_default == together and apart - together == pytest.approx(80 * 5 * (1 - 1 / 8))


def test_jobs_without_a_network_run_at_the_same_time_as_those_on_the_gpu():
    assert duration.on_gpus([TABLES] * 4, 1e12, cores=2) == pytest.approx(30)
    assert duration.on_gpus([TABLES] * 4, 1e12, cores=8) == pytest.approx(15)
    assert duration.on_gpus([TABLES, RUN], 1e20, cores=2) == pytest.approx(15)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA A100-SXM4-40GB", "A100"),
        ("Tesla V100-SXM2-16GB", "V100"),
        ("Tesla T4", "T4"),
        ("NVIDIA L4", "L4"),
        ("NVIDIA GeForce RTX 4090", "RTX4090"),
        ("NVIDIA L40S", None),
        ("NVIDIA GeForce GTX 1080", None),
    ],
)
def test_gpus_are_known_by_the_names_that_nvidia_smi_gives(name, key):
    assert duration.peak_of(name) == duration.PEAK.get(key)


def test_the_line_on_the_terminal():
    line = duration.announcement([RUN] * 45 + [TABLES, DOWNLOAD], MACHINE, cores=2)
    assert line == (
        "estimated time on 2 cores: about 6 minutes for 45 fine-tuning runs and all other jobs (downloads not counted)"
    )
    assert (
        duration.announcement([TABLES], MACHINE, cores=1) == "estimated time on 1 core: less than a minute for all jobs"
    )
    one = Machine(2, SPEED, SPEED, ("NVIDIA L4", "NVIDIA L4"))
    assert (
        duration.announcement([RUN], one, 2)
        == "estimated time on 1 x NVIDIA L4: less than a minute for 1 fine-tuning run and all other jobs"
    )
    assert "on 2 x NVIDIA L4:" in duration.announcement([RUN], one, 2, gpus=4)


def test_nothing_is_said_rather_than_guessed():
    assert duration.announcement([], MACHINE, 2) is None
    assert duration.announcement([RUN], None, 2) is None
    assert duration.announcement([RUN], Machine(2, SPEED, SPEED, ("GPU of tomorrow",)), 2) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (44, "less than a minute"),
        (50, "about 1 minute"),
        (28.4 * 60, "about 28 minutes"),
        (3 * 3600, "about 3 hours"),
        (100 * 3600, "about 4 days"),
    ],
)
def test_durations_in_words(seconds, words):
    assert duration.in_words(seconds) == words


def answering(monkeypatch, answer=None, error=None):
    def run(command, **options):
        if error:
            raise error
        assert command[1:] == ["-m", "beyondtext.models.speed", "auto", "bfloat16"]
        return subprocess.CompletedProcess(command, 0, answer, "")

    monkeypatch.setattr(subprocess, "run", run)
    return duration.this_machine("auto", "bfloat16")


def test_a_process_of_its_own_measures_the_machine(monkeypatch):
    assert answering(monkeypatch, duration.as_json(MACHINE)) == MACHINE


@pytest.mark.parametrize("error", [OSError(), subprocess.CalledProcessError(1, []), subprocess.TimeoutExpired([], 60)])
def test_a_machine_that_cannot_be_measured_is_none(monkeypatch, error):
    assert answering(monkeypatch, error=error) is None
    assert answering(monkeypatch, answer="no JSON") is None


def test_a_timed_step_decides_the_speed():
    jobs = [Job("fine-tuning: main", "a", operations=1e12, steps=10)]
    slow = duration.calibrated(Machine(2, 1e11, 1e11), operations=1e11, seconds=4)
    assert duration.expected_seconds(jobs, slow, cores=1) == pytest.approx(40)  # ten steps of four seconds


def test_a_timed_step_decides_the_speed_of_a_gpu_too():
    jobs = [Job("fine-tuning: main", "a", operations=1e12, steps=10)]
    machine = Machine(2, 1e11, 1e11, ("NVIDIA Unheard-of",))
    assert duration.expected_seconds(jobs, machine, cores=1) is None
    timed = duration.calibrated(machine, operations=1e11, seconds=0.5)
    assert duration.expected_seconds(jobs, timed, cores=1) == pytest.approx(5)
    at_once = duration.calibrated(machine, operations=1e11, seconds=0.0001)  # less than the least of a step
    assert 0.008 <= duration.expected_seconds(jobs, at_once, cores=1) < 0.01
