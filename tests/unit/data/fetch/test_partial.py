"""What an interrupted download leaves behind."""

import errno

import pytest

from beyondtext.data.fetch.partial import PartialFile, partial_folder


@pytest.fixture
def part(tmp_path):
    file = PartialFile(tmp_path / "part")
    file.path.write_bytes(b"123")
    file.record_origin("http://a.invalid", '"one"')
    return file


def test_a_tag_belongs_to_its_address(part):
    assert (part.size, part.tag("http://a.invalid"), part.tag("http://b.invalid")) == (3, '"one"', "")


@pytest.mark.parametrize("content", ["", "{", '{"address": "http://a.invalid"}'])
def test_an_incomplete_record_of_the_origin_has_no_tag(part, content):
    part.path.with_name("part.json").write_text(content)
    assert part.tag("http://a.invalid") == ""


def test_nothing_is_left_of_a_discarded_file(part):
    part.discard()
    assert (part.size, part.tag("http://a.invalid"), list(part.path.parent.iterdir())) == (0, "", [])
    part.discard()  # and a missing file is not an error


def test_the_folder_is_deleted_on_success_or_if_it_is_empty(tmp_path):
    with partial_folder(tmp_path / ".partial/demo") as folder:
        (folder / "part").write_bytes(b"1")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="odd"), partial_folder(tmp_path / ".partial/demo"):
        raise ValueError("odd")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("code", "is_kept"), [(errno.ENOSPC, False), (errno.EDQUOT, False), (errno.EACCES, True)])
def test_after_an_error_the_file_is_kept_unless_the_disk_is_full(tmp_path, code, is_kept):
    with pytest.raises(OSError, match="the reason"), partial_folder(tmp_path / ".partial/demo") as folder:
        (folder / "part").write_bytes(b"1")
        raise OSError(code, "the reason")
    assert (tmp_path / ".partial/demo/part").exists() == is_kept


def test_another_sources_partial_file_is_kept(tmp_path):
    (tmp_path / ".partial/other").mkdir(parents=True)
    with partial_folder(tmp_path / ".partial/demo"):
        pass
    assert [path.name for path in (tmp_path / ".partial").iterdir()] == ["other"]
