"""Write what one encoder's layers make of a sample of a task's test tokens."""

import argparse
from pathlib import Path

from beyondtext import cli, config
from beyondtext.errors import command_line
from beyondtext.grid import FINETUNED, INITS, START, Encoder, run_of
from beyondtext.representing import represent
from beyondtext.runs import WEIGHTS
from beyondtext.settings import representation_settings


@command_line
def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=cli.settings, help="all settings as JSON (the workflow's way)")
    parser.add_argument("--task", help="a file in config/tasks, without .yaml")
    parser.add_argument("--model", help="a file in config/models, without .yaml")
    parser.add_argument("--init", choices=INITS, default="pretrained")
    parser.add_argument("--stage", choices=[START, FINETUNED], default=START, help="default: before fine-tuning")
    parser.add_argument("--seed", type=cli.seed, help="default: the configuration's first")
    parser.add_argument("--config", default="config/config.yaml", help="where the similarity section is read")
    parser.add_argument("--examples", type=Path, help="default: data/examples/<task>.parquet")
    parser.add_argument("--raw", type=Path, help="default: data/raw/<the model's source>")
    parser.add_argument("--weights", type=Path, help="of a fine-tuned encoder; default: encoder.safetensors of its run")
    parser.add_argument("--output", type=Path, help="default: its place under results/representations")
    parser.add_argument("--gpu-jobs", type=cli.count, default=1, help="processes that may share a GPU (default: 1)")
    given = parser.parse_args(arguments)

    settings = given.settings
    if settings is None:
        if not (given.task and given.model):
            parser.error("give --task and --model (or --settings)")
        configuration = config.load_config(given.config)
        seed = configuration["seeds"][0] if given.seed is None else given.seed
        encoder = Encoder(given.task, given.model, given.init, given.stage, seed)
        settings = representation_settings(configuration, encoder)
    encoder = Encoder(*(settings[key] for key in ("task", "model", "init", "stage", "seed")))
    weights = given.weights
    if encoder.stage == START and weights is not None:
        parser.error(f"--weights are of a fine-tuned encoder; give --stage {FINETUNED} with them")
    if encoder.stage == FINETUNED and weights is None:
        weights = Path(run_of(config.load_config(given.config), encoder).directory) / WEIGHTS
    output = given.output or Path(encoder.path)
    tokens = represent(
        settings,
        given.examples or Path(f"data/examples/{encoder.task}.parquet"),
        given.raw or Path(f"data/raw/{settings['model_definition']['source']}"),
        weights,
        output,
        given.gpu_jobs,
    )
    name = f"{encoder.task} {encoder.model} {encoder.init} {encoder.stage} seed {encoder.seed}"
    print(f"{name}: {len(tokens['group'])} tokens in {output}")


if __name__ == "__main__":
    main()
