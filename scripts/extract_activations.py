"""Extract the activations of every layer of one encoder on a sample of a task's test tokens."""

import argparse
from pathlib import Path

from beyondtext.core import paths
from beyondtext.core.atomic import replacing
from beyondtext.core.errors import command_line
from beyondtext.similarity.extract import extract_activations
from beyondtext.similarity.files import problem_in
from beyondtext.study.configuration import load_config
from beyondtext.study.job_arguments import Setting, add_job_arguments, given_or_made_settings, job_inputs
from beyondtext.study.job_settings import activation_settings
from beyondtext.study.measured_models import FINETUNED, INITIAL, Encoder, run_of
from beyondtext.training.run_files import WEIGHTS


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    add_job_arguments(parser, "task", "model", "init", "seed", "config", "examples", "raw", "gpu-jobs")
    parser.add_argument(
        "--stage",
        action=Setting,
        choices=[INITIAL, FINETUNED],
        default=INITIAL,
        help=f"before or after training (default: {INITIAL})",
    )
    parser.add_argument(
        "--weights", type=Path, help="of a fine-tuned encoder (default: encoder.safetensors of its run)"
    )
    parser.add_argument(
        "--check", type=Path, help="the file of check_similarity.py; if it has a problem, the output is empty"
    )
    given = parser.parse_args(arguments)

    def from_arguments():
        encoder = Encoder(given.task, given.model, given.init, given.stage, given.seed)
        return activation_settings(load_config(given.config), encoder)

    settings = given_or_made_settings(parser, given, "activations", ["task", "model"], from_arguments)
    encoder = Encoder(*(settings[key] for key in ("task", "model", "init", "stage", "seed")))
    weights = given.weights
    if encoder.stage == INITIAL and weights is not None:
        parser.error(f"--weights is for a fine-tuned encoder; add --stage {FINETUNED}, or omit --weights")
    if encoder.stage == FINETUNED and weights is None:
        weights = paths.in_project(run_of(load_config(given.config), encoder).directory) / WEIGHTS
    output = given.output or paths.in_project(encoder.path)
    name = f"{encoder.task} {encoder.model} {encoder.init} {encoder.stage} seed {encoder.seed}"
    if given.check and problem_in(given.check, encoder.task):
        with replacing(output) as part:
            part.touch()
        print(f"{name}: left out, since {encoder.task} has too few test sequences")
        return
    tokens = extract_activations(settings, *job_inputs(given, settings), weights, output, given.gpu_jobs)
    print(f"{name}: activations on {len(tokens['group'])} tokens written to {output}")


if __name__ == "__main__":
    main()
