"""What runs again if a comparison of encoders changes. Each test changes a copy of a finished study."""

from project import REPORT_JOBS, jobs, records

ENCODERS = "    - {model: minilm-l6, init: pretrained, stages: [initial, finetuned], seeds: [100]}\n"
SPLICE_RUN = "results/runs/splice/minilm-l6/{init}/permutation/fraction1/rate-fixed/seed100"


def test_adding_an_encoder_to_the_comparison_trains_its_run_and_removing_one_trains_none(study):
    before = records(study)
    study.edit("config/config.yaml", ENCODERS, ENCODERS + ENCODERS.replace("pretrained", "scratch"))
    assert study.plan() == {
        "finetune_run": 1,
        "extract_activations": 4,
        "compare_activations": 1,
        **REPORT_JOBS,
    }
    study.snakemake("--", "similarity")
    changed = {
        folder.relative_to(study.folder) for folder, record in records(study).items() if record != before[folder]
    }
    assert [str(folder) for folder in changed] == [SPLICE_RUN.format(init="scratch")]
    assert (study.folder / SPLICE_RUN.format(init="scratch") / "encoder.safetensors").is_file()

    study.edit("config/config.yaml", ENCODERS.replace("pretrained", "scratch"), "")
    assert study.plan("--", "finetune") == {}
    # The whole comparison may also be removed.
    assert study.plan("--config", "experiments=[main]", "--", "finetune") == {}


def test_a_comparison_that_cannot_be_made_is_left_out_and_the_page_says_why(study):
    study.edit("config/config.yaml", "tokens_per_sequence: 50", "tokens_per_sequence: 5")
    output = study.run("snakemake", "--cores", "2")
    assert jobs(output) == {"check_similarity": 1, "extract_activations": 2, "compare_activations": 1, **REPORT_JOBS}
    warning = "warning: no similarities will be computed for splice; everything else continues: 24 test sequences"
    assert output.index(warning) < output.index("2 of ")
    page = (study.folder / "results" / "default" / "report.html").read_text(encoding="utf-8")
    assert (
        "Splice junctions: 24 test sequences with 120 tokens" in page and "raise similarity.tokens_per_sequence" in page
    )
    assert study.snakemake() == {}


def test_deleted_weights_are_reported_with_the_command_that_makes_them(study):
    run = SPLICE_RUN.format(init="pretrained")
    (study.folder / run / "encoder.safetensors").unlink()
    table = study.folder / "results" / "similarity" / "splice.parquet"
    before = table.read_bytes()
    assert study.snakemake() == {}  # the jobs that needed them are finished
    table.unlink()
    output = study.run("snakemake", "--cores", "2", "--", "similarity", fails=True)
    command = f"snakemake --cores 2 --force {run}/run.json"
    assert f"{run}/encoder.safetensors is missing; make it with `{command}`" in output
    # The failure is one sentence and the path of the log; the command with all settings is in Snakemake's own log.
    assert "extract_activations failed: results/runs/" in output
    assert "its log: results/logs/similarity/splice-minilm-l6-pretrained-finetuned-100.log" in output
    assert "model_definition" not in output and "CalledProcessError" not in output

    study.run(*command.split())
    study.snakemake("--", "similarity")
    assert table.read_bytes() == before


def test_a_deleted_record_of_a_compared_run_is_remade_with_the_weights(study):
    folder = study.folder / SPLICE_RUN.format(init="pretrained")
    weights = (folder / "encoder.safetensors").read_bytes()
    for name in ("run.json", "encoder.safetensors"):
        (folder / name).unlink()
    assert study.snakemake("--", "finetune") == {"finetune_run": 1}
    assert (folder / "encoder.safetensors").read_bytes() == weights
