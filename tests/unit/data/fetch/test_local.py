"""Local files and folders, as sources of their own or in place of a download."""

import errno
import os
from pathlib import Path
from unicodedata import normalize

import pytest

from beyondtext.core import paths
from beyondtext.core.errors import InputError
from beyondtext.data.fetch import fetch, local
from beyondtext.data.fetch.local import as_local
from beyondtext.data.raw import raw_files
from sources import assert_fetched, definition, local_definition, zipped
from web import BODY


def test_a_file_is_verified_if_its_checksum_is_given(tmp_path):
    (tmp_path / "data.bin").write_bytes(BODY)
    record = fetch(local_definition(tmp_path / "data.bin"), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo")
    fetch(local_definition(tmp_path / "data.bin", sha256=record["sha256"]), tmp_path / "raw/demo")
    with pytest.raises(
        InputError, match=rf"data\.bin: the size is 300000 bytes and the sha256 {record['sha256']}.*{'0' * 64}"
    ):
        fetch(local_definition(tmp_path / "data.bin", sha256="0" * 64), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo")
    assert (tmp_path / "data.bin").read_bytes() == BODY


def test_the_requested_files_of_a_folder_are_copied_and_verified(tmp_path):
    for name in ("deep/a.csv", "deep/b.txt", ".hidden.csv"):
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text(name)
    record = fetch(local_definition(tmp_path / "mine", paths=["**/*.csv"]), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo", "deep/a.csv", b"deep/a.csv")
    fetch(local_definition(tmp_path / "mine", paths=["**/*.csv"], sha256=record["sha256"]), tmp_path / "raw/demo")
    (tmp_path / "mine/deep/a.csv").write_text("changed")
    with pytest.raises(InputError, match=record["sha256"]):
        fetch(local_definition(tmp_path / "mine", paths=["**/*.csv"], sha256=record["sha256"]), tmp_path / "raw/demo")


def test_an_address_is_relative_to_the_project(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "data.bin").write_bytes(BODY)
    fetch(local_definition("data.bin"), tmp_path / "raw/demo")
    assert_fetched(tmp_path / "raw/demo")


def test_an_address_without_a_file_or_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"source demo: .*nothing\.csv does not exist; put the data there"):
        fetch(local_definition(tmp_path / "nothing.csv"), tmp_path / "raw/demo")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        fetch(local_definition(tmp_path / "pipe"), tmp_path / "raw/demo")


def test_a_folder_replaces_an_archive(tmp_path):
    folder = tmp_path / "mine" / "RTE"
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_text("x\n")
    source = definition(address="http://nowhere.invalid/RTE.zip", paths=["RTE/train.tsv"])
    for place in (folder, folder.parent):
        fetch(as_local(source, place), tmp_path / "raw/demo")
        assert list(raw_files(tmp_path / "raw/demo")) == ["RTE/train.tsv"]
    with pytest.raises(InputError, match=r"no file matches the pattern 'RTE/train\.tsv'"):
        fetch(as_local(source, tmp_path / "raw"), tmp_path / "raw/demo")


def test_an_archive_fetched_by_hand_is_verified(tmp_path):
    body = zipped({"RTE/train.tsv": "x\n"})
    (tmp_path / "RTE.zip").write_bytes(body)
    source = definition(body=body, address="http://nowhere.invalid/RTE.zip", paths=["RTE/train.tsv"])
    fetch(as_local(source, tmp_path / "RTE.zip"), tmp_path / "raw/demo")
    assert list(raw_files(tmp_path / "raw/demo")) == ["RTE/train.tsv"]
    (tmp_path / "RTE.zip").write_bytes(body + b"x")
    with pytest.raises(InputError, match="were expected"):
        fetch(as_local(source, tmp_path / "RTE.zip"), tmp_path / "raw/demo")


def test_a_local_source_has_one_address_and_no_mirrors(tmp_path):
    for changes in ({"mirrors": ["http://a.invalid"]}, {"address": ["a", "b"]}):
        with pytest.raises(InputError, match=f"at {next(iter(changes))}: "):
            definition("path", **{"address": "a", **changes})


def folder_of(path, *names):
    """Make a folder of files that contain their own names."""
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(name)
    return path


def fetched(folder, *patterns):
    """Fetch the files of a folder; return their names and what was counted."""
    record = fetch(local_definition(folder, paths=list(patterns)), folder.parent / "raw/demo")
    return list(record["files"]), {change["reason"]: change["example"] for change in record["changes"]}


def test_names_may_have_other_cases_of_endings_and_other_unicode_forms(tmp_path):
    composed, decomposed = (normalize(form, "Dvořák") for form in ("NFC", "NFD"))
    folder_of(tmp_path / "mine", f"{decomposed}/K0.MID", f"{decomposed}/[1] {{a}} 'b'!.Mid")
    names, counted = fetched(tmp_path / "mine", f"{composed}/*.mid")
    assert names == [f"{decomposed}/K0.MID", f"{decomposed}/[1] {{a}} 'b'!.Mid"]
    assert counted == {}
    assert (tmp_path / "raw/demo" / names[1]).read_text() == names[1]
    assert fetched(tmp_path / "mine", f"{composed}/[1] {{a}} 'b'!.mid")[0] == names[1:]


def test_two_names_in_different_unicode_forms_are_refused(tmp_path):
    names = [normalize(form, "é.mid") for form in ("NFC", "NFD")]
    folder_of(tmp_path / "mine", *names)
    with pytest.raises(InputError, match=r"'e\\u0301\.mid' and '\\xe9\.mid' differ only in their Unicode form"):
        fetched(tmp_path / "mine", "*.mid")


def test_two_names_that_are_one_on_this_system_are_refused(tmp_path, monkeypatch):
    folder_of(tmp_path / "mine", "a.mid", "A.mid")
    exists = Path.exists
    monkeypatch.setattr(
        Path, "exists", lambda path: exists(path) or exists(path.with_name(path.name.upper()[0] + ".mid"))
    )
    with pytest.raises(InputError, match=r"mine has both A\.mid and a\.mid, which are one file on this system"):
        fetched(tmp_path / "mine", "*.mid")


def test_files_that_no_pattern_matches_are_counted_and_three_are_named(tmp_path):
    folder_of(
        tmp_path / "mine", "x/a.mid", "x/K0.midi.bak", "x/notes.txt", "x/.DS_Store", "x/z.doc", "y/b.txt", "c.txt"
    )
    assert fetched(tmp_path / "mine", "**/*.mid") == (
        ["x/a.mid"],
        {"unused": "x/.DS_Store, x/K0.midi.bak, x/notes.txt"},
    )
    assert fetched(tmp_path / "mine", "x/a.mid") == (["x/a.mid"], {})


def test_folders_that_are_links_are_followed(tmp_path):
    folder_of(tmp_path / "elsewhere", "deep/a.mid")
    folder_of(tmp_path / "mine", "b.mid")
    (tmp_path / "mine/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "mine/c.mid").symlink_to(tmp_path / "elsewhere/deep/a.mid")
    assert fetched(tmp_path / "mine", "**/*.mid")[0] == ["b.mid", "c.mid", "link/deep/a.mid"]
    assert (tmp_path / "raw/demo/link/deep/a.mid").read_text() == "deep/a.mid"
    assert not (tmp_path / "raw/demo/link").is_symlink()
    (tmp_path / "whole").symlink_to(tmp_path / "elsewhere")
    assert fetched(tmp_path / "whole", "**/*.mid")[0] == ["deep/a.mid"]


def test_a_link_to_a_folder_that_it_is_in_is_refused_where_a_pattern_reaches_it(tmp_path):
    folder_of(tmp_path / "mine", "a.mid", "x/b.mid", "y/c.mid")
    (tmp_path / "mine/x/up").symlink_to(tmp_path / "mine")
    with pytest.raises(InputError, match=r"mine/x/up is a link to a folder that it is in"):
        fetched(tmp_path / "mine", "**/*.mid")
    assert fetched(tmp_path / "mine", "*.mid", "*/*.mid")[0] == ["a.mid", "x/b.mid", "y/c.mid"]
    (tmp_path / "mine/x/up").unlink()
    (tmp_path / "mine/x/y").symlink_to(tmp_path / "mine/y")
    (tmp_path / "mine/y/x").symlink_to(tmp_path / "mine/x")
    with pytest.raises(InputError, match=r"mine/x/y/x is a link to a folder that it is in"):
        fetched(tmp_path / "mine", "**/*.mid")


def test_a_link_to_itself_is_refused(tmp_path):
    folder_of(tmp_path / "mine", "a.mid")
    (tmp_path / "mine/b.mid").symlink_to(tmp_path / "mine/b.mid")
    with pytest.raises(InputError, match=r"b\.mid is a link to .*b\.mid, which does not exist or is not a file"):
        fetched(tmp_path / "mine", "*.mid")


def test_a_link_to_nothing_is_refused_where_it_may_hide_files(tmp_path):
    folder_of(tmp_path / "mine", "a.mid")
    (tmp_path / "mine/mozart").symlink_to("gone")
    message = r"mine/mozart is a link to gone, which does not exist or is not a file; put the data there"
    for patterns in (["**/*.mid"], ["a.mid", "mozart/*.mid"], ["mozart"]):
        with pytest.raises(InputError, match=message):
            fetched(tmp_path / "mine", *patterns)
    assert fetched(tmp_path / "mine", "*.mid") == (["a.mid"], {"unused": "mozart"})
    with pytest.raises(InputError, match=message):
        fetch(local_definition(tmp_path / "mine/mozart"), tmp_path / "raw/demo")


def test_what_is_not_a_file_is_refused_if_it_is_requested(tmp_path):
    folder_of(tmp_path / "mine", "a.mid", "mozart/b.mid")
    os.mkfifo(tmp_path / "mine/pipe.mid")
    with pytest.raises(InputError, match=r"pipe\.mid is neither a file nor a folder"):
        fetched(tmp_path / "mine", "*.mid")
    with pytest.raises(InputError, match=r"pattern 'mozart'; it is a folder: write 'mozart/\*\*'"):
        fetched(tmp_path / "mine", "mozart")
    with pytest.raises(InputError, match=r"pattern 'Mozart/\*'; mozart/ differs from it in upper and lower case"):
        fetched(tmp_path / "mine", "Mozart/*")
    with pytest.raises(InputError, match=r"'haydn/\*'; available are a\.mid, mozart/, pipe\.mid \(3 in all\)"):
        fetched(tmp_path / "mine", "haydn/*")
    assert fetched(tmp_path / "mine", "a.mid")[0] == ["a.mid"]


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match=r"the folder .*mine is empty; put the data there"):
        fetched(tmp_path / "mine", "**/*.mid")


def test_what_the_system_does_not_let_us_read_is_refused_in_one_sentence(tmp_path, monkeypatch):
    folder_of(tmp_path / "mine", "x/a.mid")

    def refuse(path, *arguments):
        raise PermissionError(13, "Permission denied", str(path))

    message = r"^source demo: \S*{} cannot be read \(Permission denied\); change its permissions$"
    with monkeypatch.context() as patch:
        patch.setattr(local.shutil, "copyfile", refuse)
        with pytest.raises(InputError, match=message.format(r"mine/x/a\.mid")):
            fetched(tmp_path / "mine", "**/*.mid")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", refuse)
        with pytest.raises(InputError, match=message.format("mine")):
            fetched(tmp_path / "mine", "**/*.mid")
    monkeypatch.setattr(local.files, "sha256", refuse)
    with pytest.raises(InputError, match=message.format(r"mine/x/a\.mid")):
        fetch(local_definition(tmp_path / "mine/x/a.mid"), tmp_path / "raw/demo")


def test_the_files_that_a_source_asks_for_are_those_that_are_fetched(tmp_path):
    folder_of(tmp_path / "mine", "x/a.MID", "x/b.txt", ".git/c.mid")
    (tmp_path / "mine/y").symlink_to("x")
    source = local_definition(tmp_path / "mine", paths=["**/*.mid"])
    expected = [tmp_path / "mine/x/a.MID", tmp_path / "mine/y/a.MID"]
    assert local.requested_files(source) == expected
    assert fetched(tmp_path / "mine", "**/*.mid")[0] == ["x/a.MID", "y/a.MID"]
    assert local.requested_files(local_definition(expected[0])) == [expected[0]]


def test_files_that_cannot_be_fetched_are_not_asked_for(tmp_path):
    folder_of(tmp_path / "mine", "a.mid")
    (tmp_path / "mine/b.mid").symlink_to("gone")
    assert local.requested_files(local_definition(tmp_path / "mine", paths=["*.mid"])) == [tmp_path / "mine/a.mid"]
    (tmp_path / "mine/up").symlink_to(tmp_path / "mine")
    assert local.requested_files(local_definition(tmp_path / "mine", paths=["**"])) == []
    assert local.requested_files(local_definition(tmp_path / "nothing")) == []


def test_a_folder_replaces_an_archive_whatever_the_case_of_its_endings(tmp_path):
    folder_of(tmp_path / "mine", "RTE/train.TSV")
    source = definition(address="http://nowhere.invalid/RTE.zip", paths=["RTE/*.tsv"])
    for place in (tmp_path / "mine", tmp_path / "mine/RTE"):
        fetch(as_local(source, place), tmp_path / "raw/demo")
        assert list(raw_files(tmp_path / "raw/demo")) == ["RTE/train.TSV"]


@pytest.mark.parametrize("address", ["a\0b", "\ud800"])
def test_a_path_with_control_characters_is_refused(address):
    with pytest.raises(InputError, match="has the control character"):
        local_definition(address)


@pytest.mark.parametrize("address", ["~nobody-of-this-name/x", "x" * 5000, "a/" * 3000])
def test_a_path_that_no_system_can_have_has_no_files_and_ends_in_a_sentence(tmp_path, address):
    source = local_definition(address)
    assert local.requested_files(source) == []
    with pytest.raises((InputError, OSError)) as error:  # the program says of the system's error what to do
        fetch(source, tmp_path / "raw/demo")
    assert isinstance(error.value, InputError) or error.value.errno == errno.ENAMETOOLONG


def test_pipes_and_devices_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.mid")
    for source in (local_definition(tmp_path / "pipe.mid"), local_definition(tmp_path, paths=["*.mid"])):
        assert local.requested_files(source) == []
        with pytest.raises(InputError, match=r"pipe\.mid is neither a file nor a folder"):
            fetch(source, tmp_path / "raw/demo")
    with pytest.raises(InputError, match="/dev/zero is neither a file nor a folder"):
        fetch(local_definition("/dev/zero"), tmp_path / "raw/demo")


def test_an_empty_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    (tmp_path / "x").touch()
    monkeypatch.setattr(local.files, "sha256", None)  # some files of a system say that they are empty, and never end
    with pytest.raises(InputError, match="x is empty; replace it"):
        fetch(local_definition(tmp_path / "x"), tmp_path / "raw/demo")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file", "x"), "x was changed while it was read; run the same command"),
        (local.shutil.SpecialFileError("a pipe"), "x was changed while it was read; run the same command"),
        (OSError(errno.EIO, "Input/output error"), r"x cannot be read \(Input/output error\); check the disk"),
    ],
)
def test_what_happens_to_a_file_while_it_is_read_is_one_sentence(tmp_path, monkeypatch, error, said):
    def copyfile(source, target):
        raise error

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/x").write_text("x")
    monkeypatch.setattr(local.shutil, "copyfile", copyfile)
    with pytest.raises(InputError, match=said):
        fetch(local_definition(tmp_path / "mine"), tmp_path / "raw/demo")


def test_files_that_do_not_fit_on_the_disk_are_not_copied(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/x").touch()
    os.truncate(tmp_path / "mine/x", 10**13)
    with pytest.raises(InputError, match=r"mine have 10,000,000,000,000 bytes, but [\d,]+ are free on the disk of"):
        fetch(local_definition(tmp_path / "mine"), tmp_path / "raw/demo")


def test_a_folder_whose_patterns_would_find_the_copies_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("1,2\n")
    with pytest.raises(InputError, match=r"has the destination .*raw/demo in it, so that the next .* narrow `paths`"):
        fetch(local_definition(tmp_path, paths=["**/*.csv"]), tmp_path / "raw/demo")
    for _ in range(2):
        fetch(local_definition(tmp_path, paths=["*.csv"]), tmp_path / "raw/demo")
        assert_fetched(tmp_path / "raw/demo", "a.csv", b"1,2\n")
