# Runs and similarity to tables, figures and results/report.html.

# What tasks, models and sources are called and where they come from stands in the report too.
DEFINITIONS = [
    *[f"config/tasks/{name}.yaml" for name in TASKS],
    *[f"config/models/{name}.yaml" for name in MODELS],
    *[f"config/sources/{name}.yaml" for name in SOURCES],
]
TABLES = ["summary", "summary_groups", "effects", "effects_groups", "published"]
TABLES += ["convergence", "convergence_runs", "curves", "amounts", "tasks"]
FIGURES = ["curves", "losses", "effects"] if MAIN in grid.experiments(config) else []
FIGURES += [grid.section_figure(name) for name in grid.beside_main(config)]
FIGURES += ["similarity", "layers"] if config["similarity"]["tasks"] else []
FIGURES += ["trainability"] if INITIAL_MODELS else []


rule report:
    input:
        "results/report.html",


rule make_tables:
    """All runs of the grid: means, paired effects and speeds, each with its interval."""
    input:
        # A folder that has this file is whole. With the other files of each run the graph takes twice the time.
        runs=[f"{directory}/run.json" for directory in BASELINES | TRAINED],
        examples=[f"data/examples/{task}.json" for task in TASKS],
        published="config/published.csv",
    output:
        expand("results/tables/{table}.{suffix}", table=TABLES, suffix=["csv", "tex"]),
        "results/tables/metrics.json",
        "results/tables/runs.json",
    log:
        "results/logs/report/tables.log",
    conda:
        "../envs/report.yaml"
    params:
        config=as_json(WHOLE),
        code=code_of("make_tables.py", "envs/report.yaml"),
    shell:
        logged("python scripts/make_tables.py --config {params.config:q} --output results/tables")


rule make_rates:
    """The validation scores behind each choice of a learning rate; no rows where none is chosen."""
    input:
        list(CHOICES),
    output:
        "results/tables/rates.csv",
    log:
        "results/logs/report/rates.log",
    conda:
        "../envs/report.yaml"
    params:
        code=code_of("make_rates.py", "envs/report.yaml"),
    shell:
        logged("python scripts/make_rates.py {input} --output {output}")


rule make_figures:
    """Learning curves, effects and similarity, as SVG and PNG."""
    input:
        rules.make_tables.output,
        rules.similarity.input,
        rules.trainability.input,
        DEFINITIONS,
    output:
        expand("results/figures/{figure}.{suffix}", figure=FIGURES, suffix=["svg", "png"]),
    log:
        "results/logs/report/figures.log",
    conda:
        "../envs/report.yaml"
    params:
        config=as_json(WHOLE),
        code=code_of("make_figures.py", "envs/report.yaml"),
    shell:
        logged("python scripts/make_figures.py --config {params.config:q} --output results/figures")


rule make_report:
    """One self-contained page."""
    input:
        rules.make_tables.output,
        rules.make_rates.output,
        rules.make_figures.output,
        rules.similarity.input,
        rules.trainability.input,
        DEFINITIONS,
    output:
        report(
            "results/report.html",
            caption="../docs/report-caption.rst",
            category="beyondtext",
        ),
    log:
        "results/logs/report/page.log",
    conda:
        "../envs/report.yaml"
    params:
        config=as_json(WHOLE),
        code=code_of("make_report.py", "envs/report.yaml", "scripts/beyondtext/report/templates/report.html.j2"),
    shell:
        logged("python scripts/make_report.py --config {params.config:q} --output {output}")
