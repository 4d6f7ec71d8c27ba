"""Kill a study at random moments, in every way; go on as the README says; compare with undisturbed results.

    python tests/campaign/kills.py --folder /tmp/kills --kills 100   # half an hour on two cores

A small study of real data is made once without a disturbance. Then it is made again and again from nothing, by
Snakemake and by DVC, and killed at random until the kills are used up. After every kill, each file of results that is
there must have the undisturbed bytes. When a study has come to its end, it must have the same files, hidden ones
included, with the same bytes. The moments are drawn from a seed; where they fall also depends on the machine. It prints
a table of the kills by way and by what was running; docs/reliability.md has the last one.
"""

import argparse
import collections
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

sys.path[:0] = [str(Path(__file__).parents[2] / name) for name in ("scripts", "tests/helpers")]

from project import copy_project  # noqa: E402

# In place of lines of tests/config.yaml: every phase, and runs that take some seconds.
SMALL = {
    "tasks: [splice, amp, gb1, composer, sentiment]": "tasks: [splice, amp]",
    "seeds: [100, 101]\nselection": "seeds: [100]\nselection",
    "    inits: [pretrained, scratch]\n  - models: [minilm-l6]\n    inits: [rand_embed]\n    tasks: [splice]\n": (
        "    inits: [pretrained, scratch]\n"
    ),
    "domain_models: [esm2-8m]": "domain_models: []",
    "checkpoint_seconds: 60": "checkpoint_seconds: 1",
    "  steps: 2\n": "  steps: 30\n",
    "  evaluations: 1\n": "  evaluations: 3\n",
    "  tasks: [gb1]\n": "  tasks: [splice]\n",
    "    - {model: minilm-l6, init: scratch, seeds: [100, 101]}\n": "",
    "    - {model: esm2-8m, init: pretrained, seeds: [100]}\n": "",
}
SNAKEMAKE, DVC = ["snakemake", "--cores", "2"], ["dvc", "repro"]
DVC_LOCKS = ".dvc/tmp/rwlock"
LONGEST_WAIT = 25.0  # seconds between a start and a kill
LONGEST_WAIT_IN_PHASE = 1.5  # seconds between the first sight of a phase and a kill in it
LONGEST_END = 300  # seconds that what was interrupted may take to end
# Files whose content has durations, the memory of a process, or a time. All others are compared.
OF_THE_MOMENT = (
    "run.json",
    "runs.csv",
    "runs.tex",
    "computation.csv",
    "computation.tex",
    "report.html",
    "pending.json",
)
PHASES = {
    "download.py": "download",
    "make_examples.py": "tokenize",
    "check_similarity.py": "tokenize",
    "finetune.py": "training",
    "fit_frozen.py": "training",
    "fit_baseline.py": "training",
    "extract_activations.py": "similarity",
    "compare_activations.py": "similarity",
    "measure_trainability.py": "trainability",
    "make_tables.py": "report",
    "make_figures.py": "report",
    "make_report.py": "report",
}
NO_JOB = "between jobs"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="a new folder, outside the project, for the studies")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--phase", choices=sorted(set(PHASES.values())), help="kill only what is in this phase")
    given = parser.parse_args()
    draw, start = random.Random(given.seed), time.monotonic()
    given.folder.mkdir(parents=True)

    undisturbed = copy_project(given.folder / "undisturbed")
    for old, new in SMALL.items():
        undisturbed.edit("config/config.yaml", old, new)
    undisturbed.commit()
    template = undisturbed.copy(given.folder / "template")
    expected = {}
    for command in (SNAKEMAKE, DVC):
        undisturbed.run(*command)
        expected[command[0]] = contents(undisturbed.folder)
        print(f"{command[0]}: {len(expected[command[0]])} files, {time.monotonic() - start:.0f} s", flush=True)

    kills, studies = [], 0
    while len(kills) < given.kills:
        command = DVC if studies % 4 == 3 else SNAKEMAKE
        study = template.copy(given.folder / f"study{studies}")
        make_with_kills(study, command, expected[command[0]], draw, kills, given.kills, given.phase)
        shutil.rmtree(study.folder)
        studies += 1
        print(f"study {studies}: right, after {len(kills)} kills, {time.monotonic() - start:.0f} s", flush=True)
    print(table(kills), f"\n{len(kills)} kills in {studies} studies, {time.monotonic() - start:.0f} seconds", sep="\n")


def make_with_kills(study, command, expected, draw, kills, most, phase=None):
    """Make a study to its end, and kill it on the way, in one phase or in all, until there are ``most`` kills."""
    ways = WAYS if command is SNAKEMAKE else OF_DVC
    running, is_hurt = None, False
    while True:
        if running is None:
            unlock(study)
            running, is_hurt = begin(study, command), False
        if len(kills) >= most:
            ended = ended_within(running, LONGEST_END * 4)
        elif phase is None:
            ended = ended_within(running, draw.uniform(0.5, LONGEST_WAIT))
        else:
            ended = ended_before(running, phase) or ended_within(running, draw.uniform(0, LONGEST_WAIT_IN_PHASE))
        if ended:
            if running.returncode == 0:
                break
            assert is_hurt, f"{command} failed in {study.folder}: see {study.folder}.log"
            running = None
            continue
        found = running_phase(running)
        way = draw.choice([way for way in ways if way != OF_A_JOB or found != NO_JOB])
        print(f"  {way}, {found}", flush=True)
        running = ways[way](study, running, draw)
        is_hurt = running is not None
        kills.append((way, found))
        if running is None and way != ALONE:  # whose jobs go on while the next Snakemake starts
            wait_for_processes(study)
        compare(contents(study.folder), expected, whole=False)
    wait_for_processes(study)
    compare(contents(study.folder), expected, whole=True)


# --- Ways to kill: each returns the process that goes on, if there is one. It may fail later, since it was hurt.


def signal_all(number):
    """A way that sends a signal to Snakemake and all of its jobs, as a terminal does."""

    def kill(study, running, draw):
        os.killpg(running.pid, number)
        assert ended_within(running, LONGEST_END), f"it does not end after {number.name}"

    return kill


def signal_one(number):
    """A way that sends a signal to Snakemake alone."""

    def kill(study, running, draw):
        running.send_signal(number)
        assert ended_within(running, LONGEST_END), f"it does not end after {number.name}"

    return kill


def kill_a_job(study, running, draw):
    """One job is killed, as by the system when memory is short; Snakemake goes on with what does not depend on it."""
    jobs = [process for process in descendants(running) if script_of(process)]
    if jobs:
        draw.choice(jobs).kill()
    return running


def kill_the_first_of_two(study, running, draw):
    """A second Snakemake is started, and ends since the first has locked the folder; then the first is killed."""
    second = subprocess.run(SNAKEMAKE, cwd=study.folder, env=study.environment, capture_output=True, text=True)
    if running.poll() is None:
        assert "LockException" in second.stdout + second.stderr, second.stderr[-2000:]
    return signal_all(signal.SIGKILL)(study, running, draw)


def kill_one_of_two(study, running, draw):
    """The lock is removed while Snakemake runs, and a second one started; either is killed, and the other goes on."""
    study.run("snakemake", "--unlock")
    second = begin(study, SNAKEMAKE)
    ended_within(second, draw.uniform(2, 15))
    killed, other = draw.sample([running, second], 2)
    if killed.poll() is None:
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
    return other


ALONE, OF_A_JOB = "kill -9 of Snakemake alone", "kill -9 of a job"
WAYS = {
    "kill -9 of everything": signal_all(signal.SIGKILL),
    ALONE: signal_one(signal.SIGKILL),
    OF_A_JOB: kill_a_job,
    "SIGTERM to Snakemake": signal_one(signal.SIGTERM),
    "Ctrl-C": signal_all(signal.SIGINT),
    "hang-up": signal_all(signal.SIGHUP),
    "kill -9, with a second one refused": kill_the_first_of_two,
    "kill -9 of one of two at once": kill_one_of_two,
}
OF_DVC = {
    "kill -9 of `dvc repro`": signal_all(signal.SIGKILL),
    "Ctrl-C in `dvc repro`": signal_all(signal.SIGINT),
    "SIGTERM to all of `dvc repro`": signal_all(signal.SIGTERM),
}


# --- Processes


def begin(study, command):
    """Start a command in the study's folder, as the first process of a group; its output goes to a log beside it."""
    with open(f"{study.folder}.log", "ab") as log:
        return subprocess.Popen(
            command,
            cwd=study.folder,
            env=study.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=heed_signals,
        )


def heed_signals():
    """As in a terminal: what is started in the background, or with nohup, ignores Ctrl-C or the hang-up."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def ended_within(running, seconds):
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def ended_before(running, phase):
    """Wait until a job of a phase runs, or everything has ended; return whether it was the latter."""
    while running_phase(running) != phase:
        if ended_within(running, 0.05):
            return True
    return False


def descendants(running):
    try:
        return psutil.Process(running.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def script_of(process):
    """The program of the project that a process runs; None if it runs none."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return None
    return next((Path(word).name for word in words[:3] if Path(word).name in PHASES), None)


def running_phase(running):
    """The phase of the job that was started last."""
    scripts = [script for script in map(script_of, descendants(running)) if script]
    return PHASES[scripts[-1]] if scripts else NO_JOB


def wait_for_processes(study):
    """Wait until no process works in the study's folder: jobs go on when only Snakemake was killed."""
    end = time.monotonic() + LONGEST_END
    while any(works_in(process, study.folder) for process in psutil.process_iter()):
        assert time.monotonic() < end, f"processes go on in {study.folder}"
        time.sleep(0.2)


def works_in(process, folder):
    try:
        return Path(process.cwd()) == folder and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, FileNotFoundError):
        return False


def unlock(study):
    """Remove the locks that a killed Snakemake left, as the README says, and the file that a killed DVC left empty."""
    if (study.folder / DVC_LOCKS).exists() and not (study.folder / DVC_LOCKS).read_bytes():
        (study.folder / DVC_LOCKS).unlink()
    if any((study.folder / ".snakemake" / "locks").glob("*")):
        study.run("snakemake", "--unlock")


# --- Results


def contents(folder):
    """The bytes of each file in data/ and results/, None for those that differ each time; logs are left out."""
    found = {}
    for top in ("data", "results"):
        for path in sorted((folder / top).rglob("*")):
            name = path.relative_to(folder).as_posix()
            with suppress(FileNotFoundError):  # moved or removed in this moment
                if path.is_file() and not name.startswith("results/logs/"):
                    found[name] = None if path.name in OF_THE_MOMENT else path.read_bytes()
    return found


def compare(found, expected, whole):
    """Check that files have the expected bytes; ``whole``: and that there are the expected files, and no others."""
    different = [name for name, content in found.items() if name in expected and content != expected[name]]
    assert not different, f"other bytes than undisturbed: {different[:5]}"
    if whole:
        assert found.keys() == expected.keys(), f"left: {sorted(found.keys() ^ expected.keys())[:10]}"


def table(kills):
    """The kills by way and by what was running, as a table in Markdown."""
    counts = collections.Counter(kills)
    phases = [phase for phase in dict.fromkeys([NO_JOB, *PHASES.values()]) if any(k[1] == phase for k in kills)]
    lines = [f"| kill | {' | '.join(phases)} | all |", f"|---|{'---|' * (len(phases) + 1)}"]
    for way in [*WAYS, *OF_DVC]:
        row = [counts[way, phase] for phase in phases]
        lines.append(f"| {way} | {' | '.join(map(str, row))} | {sum(row)} |")
    columns = [sum(kill[1] == phase for kill in kills) for phase in phases]
    return "\n".join([*lines, f"| all | {' | '.join(map(str, columns))} | {len(kills)} |"])


if __name__ == "__main__":
    main()
