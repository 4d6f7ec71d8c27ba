"""The program scripts/download.py, and the definitions of the sources."""

import json

import pytest

import download as program
import shipped
from beyondtext.study import definitions
from sources import definition, local_definition
from web import BODY

INTO = ["--destination", "new"]


def test_the_program_prints_the_number_and_size_of_the_files(tmp_path, capsys):
    (tmp_path / "data.bin").write_bytes(BODY)
    text, destination = json.dumps(local_definition(tmp_path / "data.bin")), str(tmp_path / "raw/demo")
    program.main(["demo", "--definition", text, "--destination", destination])
    assert capsys.readouterr().out == f"demo: 1 file, 300,000 bytes, in {destination}\n"


def test_the_program_prints_what_was_left_out(tmp_path, capsys):
    for name in ("a.mid", "K0.midi.bak"):
        (tmp_path / "mine" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "mine" / name).write_bytes(BODY)
    text = json.dumps(local_definition(tmp_path / "mine", paths=["*.mid"]))
    program.main(["demo", "--definition", text, "--destination", str(tmp_path / "raw/demo")])
    expected = "; 1 file left out of the folders that are read (such as 'K0.midi.bak')\n"
    assert capsys.readouterr().out.endswith(f"raw/demo{expected}")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("nothing", None, "there is no source named 'nothing'"),
        ("demo", "{}", "--definition: at the top level"),
        ("other", json.dumps(definition(address="x")), "the id is 'demo'"),
    ],
)
def test_the_program_refuses_an_invalid_definition(tmp_path, name, text, message):
    more = [] if text is None else ["--definition", text]
    with pytest.raises(SystemExit) as error:
        program.main([name, *more, "--destination", str(tmp_path / "demo")])
    assert str(error.value.code).startswith("error: ")
    assert message in str(error.value.code)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ('{"id": "demo", "kind": "path", "id": "demo"}', "not valid JSON (the key 'id' is given"),
        ('{"id": "demo", "size": NaN}', "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "not a JSON object"),
    ],
)
def test_the_program_refuses_a_definition_that_is_no_object_in_json(capsys, text, message):
    with pytest.raises(SystemExit):
        program.main(["demo", "--definition", text])
    assert f"error: argument --definition: {message}" in capsys.readouterr().err


def test_a_path_of_the_user_starts_at_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.bin").write_bytes(BODY)
    program.main(["demo", "--definition", json.dumps(definition(address="x")), "--path", "data.bin", *INTO])
    assert (tmp_path / "new" / "data.bin").read_bytes() == BODY


def test_a_folder_with_other_files_is_not_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.bin").write_bytes(BODY)
    (tmp_path / "new").mkdir()
    words = ["demo", "--definition", json.dumps(local_definition(tmp_path / "data.bin")), *INTO]
    program.main(words)  # into an empty folder
    program.main(words)  # and over an earlier download
    (tmp_path / "new/source.json").unlink()
    with pytest.raises(SystemExit) as error:
        program.main(words)
    assert str(error.value.code).startswith("error: --destination: new has other files, which would be deleted")
    assert (tmp_path / "new/data.bin").exists()


@pytest.mark.parametrize("name", shipped.names("sources"))
def test_every_source_is_pinned_and_documented(name):
    source = definitions.source(name)
    # The unknown checksums of files of the web and the hub are recorded at the first download (beyondtext.data.locks).
    assert source["kind"] in ("path", "http", "hub") or len(source["sha256"]) == 64
    assert "pypi" not in source["homepage"]
    assert source["note"].endswith(".")
