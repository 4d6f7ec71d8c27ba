"""The paper's sources and tasks, fetched in their published layouts from a server on this machine, and read."""

import pytest

import miniatures
import shipped
from beyondtext.data.fetch import fetch
from beyondtext.data.prepare import build
from beyondtext.data.raw import raw_files
from beyondtext.data.readers import reader
from beyondtext.data.tally import Tally
from beyondtext.study import definitions
from demo_task import counted
from web import serve

TEXT = ["cola", "sst2", "mrpc", "qqp", "stsb", "mnli", "mnli-mm", "qnli", "rte"]
OTHERS = ["stability", "fluorescence", "localization", "h3", "h4", "h3k9ac", "splice-uci", "maestro"]
SPLITS = {  # the sizes of the splits of the miniatures, by task
    "stability": {"train": 60, "validation": 24, "test": 24},
    "fluorescence": {"train": 60, "validation": 24, "test": 24},
    "localization": {"train": 86, "validation": 10, "test": 24},
    "h3": {"train": 107, "validation": 7, "test": 6},
    "splice-uci": {"train": 215, "validation": 13, "test": 12},
    "maestro": {"train": 24, "validation": 12, "test": 12},
}


@pytest.fixture(scope="module")
def published():
    return miniatures.archives()


def fetched(name, published, server, folder):
    """The files of a source, fetched from the server instead of its address."""
    for file, content in published[name].items():
        server.answers[f"/{file}"] = [serve(content)]
    source = {key: value for key, value in definitions.source(name).items() if key not in ("sha256", "size")}
    addresses = [f"{server.url}/{file}" for file in published[name]]
    source["address"] = addresses if isinstance(source["address"], list) else addresses[0]
    fetch(source, folder / name)
    return raw_files(folder / name)


def make(task_name, published, server, folder):
    """A task's examples, alphabet and counts."""
    task = definitions.task(task_name)
    if "validation_fraction" in task["split"]:  # with so few records, the real ones would leave out some classes
        task = {**task, "split": {**task["split"], "validation_fraction": 0.1}}
    tally = Tally()
    files = fetched(task["source"], published, server, folder)
    table = reader(task["reader"]).read(files, task["options"], folder, tally)
    (folder / "vocab.txt").write_text("\n".join(miniatures.VOCABULARY) + "\n")
    examples, alphabet, counts = build(task, table, tally, folder / "vocab.txt")
    return task, examples, alphabet, counts


@pytest.mark.parametrize("name", TEXT)
def test_glue_is_read_as_published(name, published, server, tmp_path):
    task, examples, alphabet, counts = make(name, published, server, tmp_path)
    # The whole development set is the test split; the validation split is drawn from the training set.
    assert counts["splits"]["test"] == miniatures.DEVELOPMENT
    assert counts["splits"]["train"] + counts["splits"]["validation"] == miniatures.TRAIN - (name == "qqp")
    assert counted(counts).get("empty", 0) == (name == "qqp")
    paired = examples["symbols"].map(lambda symbols: symbols.count("[SEP]"))
    assert set(paired) == {int(definitions.is_paired(task))}
    assert "unknown" not in counted(counts) and set(alphabet) <= set(miniatures.VOCABULARY)
    if task["target"]["kind"] == "class":
        assert set(examples["target"]) == set(task["target"]["classes"])


def test_a_quotation_mark_that_is_never_closed_is_a_symbol(published, server, tmp_path):
    _, examples, _, _ = make("mrpc", published, server, tmp_path)
    quoted = examples["symbols"].map(lambda symbols: symbols[0] == '"')
    assert 0 < quoted.sum() == round(84 / 3)


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_sources_are_read_as_published(name, published, server, tmp_path):
    task, examples, _, counts = make(name, published, server, tmp_path)
    assert counts["splits"] == SPLITS.get(name, SPLITS["h3"])
    assert not {"unknown", "conflicting", "duplicates"} & set(counted(counts))
    if "classes" in task["target"] and name != "localization":
        assert set(examples["target"]) == set(task["target"]["classes"])


def test_every_composer_is_a_class(published, server, tmp_path):
    _, examples, _, counts = make("maestro", published, server, tmp_path)
    assert set(examples["target"]) == {"Frédéric Chopin", "Johann Sebastian Bach"}
    assert sum(counts["groups"].values()) == 16 and counts["groups"]["test"] == 4


@pytest.mark.parametrize("name", [n for n in shipped.names("sources") if definitions.source(n)["kind"] == "http"])
def test_every_source_from_the_web_has_a_miniature(name, published):
    assert name in published


@pytest.mark.parametrize("name", TEXT + OTHERS)
def test_every_task_of_the_paper_says_where_its_splits_come_from(name):
    task = definitions.task(name)
    if "validation_fraction" in task["split"] and task["domain"] == "text":
        assert "development set" in definitions.source(task["source"])["note"]
