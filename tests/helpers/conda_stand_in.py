#!/usr/bin/env python3
"""A stand-in for conda: it answers the calls that Snakemake makes, by means of venv and pip.

It shows that the rules, the environment files and Snakemake's activation fit together, and that pip accepts the pins;
it does not show that conda can solve the environments. An environment sees the packages of the Python that runs the
tests, so that nothing with the same pin is downloaded again.
"""

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

ACTIVATE = """
export PATH="$1/bin:$PATH" CONDA_PREFIX="$1"
echo "$1" >> "{log}"
"""


def install(folder):
    """Put the stand-in into ``folder/bin``; return that folder and the file that lists activations."""
    program, log = folder / "bin" / "conda", folder / "activated"
    program.parent.mkdir(parents=True)
    # The shebang names this Python: inside an environment, `python3` would be the environment's.
    program.write_text(f"#!{sys.executable}\n" + Path(__file__).read_text(encoding="utf-8"))
    program.chmod(0o755)
    (folder / "bin" / "activate").write_text(ACTIVATE.format(log=log))
    return program.parent, log


def answer(arguments):
    """Answer one call of conda; exit with an error for a call that Snakemake does not usually make."""
    match arguments:
        case ["--version"]:
            print("conda 25.1.0")
        case ["info", "--json"]:
            print(json.dumps({"conda_prefix": str(Path(__file__).resolve().parents[1]), "platform": "linux-64"}))
        case ["config", "--get", "channel_priority", "--json"]:
            print(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["env", "create", "--quiet", "--no-default-packages", "--file", file, "--prefix", prefix]:
            create(Path(file), Path(prefix))
        case ["clean", "-y", "--tarballs"]:
            pass  # there are none
        case _:
            sys.exit(f"the stand-in for conda does not know: conda {' '.join(arguments)}")


def create(file, prefix):
    """Make the environment of one file of envs/."""
    text = file.read_text(encoding="utf-8")
    assert re.search(r"^  - python=3\.11$", text, re.MULTILINE), text
    pins = re.findall(r"^      - (\S+==\S+)$", text, re.MULTILINE)
    assert pins, text
    # Without pip, which takes seconds to install; the environment uses that of the outer packages.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    [packages] = prefix.glob("lib/python*/site-packages")
    (packages / "outer.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run([prefix / "bin" / "python", "-m", "pip", "install", "--quiet", *pins], check=True)


if __name__ == "__main__":
    answer(sys.argv[1:])
