"""pip's settings, as pip itself reads them."""

import os
import sys

import pytest

from beyondtext.core.errors import InputError
from beyondtext.data.fetch import pip_settings


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """A function that writes pip's configuration file; nothing else is configured."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)

    def write(text):
        (tmp_path / "pip.conf").write_text(text)
        monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))

    return write


@pytest.fixture
def printed(monkeypatch):
    """A function that replaces what pip prints about its settings: running it takes a second."""

    def replace(**settings):
        text = "".join(f":env:.{name.replace('_', '-')}={value!r}\n" for name, value in settings.items())
        monkeypatch.setattr(pip_settings, "_run", lambda *words: text)

    return replace


def test_without_settings_the_index_is_pips_own(configured):
    settings = pip_settings.read()
    [index] = settings.indexes
    assert index.startswith("https://") and index.endswith("/simple")
    assert settings == pip_settings.Settings((index,))


def test_the_environment_wins_over_a_section_and_a_section_over_the_rest(configured, monkeypatch):
    configured(
        "[global]\nindex-url = http://a/\nproxy = http://p:1\nno-index = no\n[download]\nindex-url = http://b/\n"
    )
    assert pip_settings.read().indexes == ("http://b/",)
    monkeypatch.setenv("PIP_INDEX_URL", "http://c/")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", " file:///d\n http://e/ ")
    settings = pip_settings.read()
    assert settings.indexes == ("http://c/", "file:///d", "http://e/")
    assert settings.access("http://c/x")["proxies"] == {"http": "http://p:1", "https": "http://p:1"}


@pytest.mark.parametrize(("value", "count"), [("1", 0), ("true", 0), ("Yes", 0), ("0", 2), ("false", 2), ("", 2)])
def test_without_an_index_only_find_links_are_left(printed, value, count):
    printed(no_index=value, index_url="http://a/", extra_index_url="http://b/", find_links="/x http://c/page.html")
    settings = pip_settings.read()
    assert (len(settings.indexes), settings.find_links) == (count, ("/x", "http://c/page.html"))


def test_certificates_are_those_of_pip(printed, tmp_path):
    own = str(tmp_path / "own.pem")
    (tmp_path / "own.pem").write_text("x")
    printed(index_url="http://a/", cert=own, client_cert="me.pem", trusted_host="\na.org\nb.org:8443")
    access = pip_settings.read().access
    verified = {
        address: access(address)["verify"] for address in ("https://a.org/x", "https://b.org/", "https://c.org")
    }
    assert verified == {"https://a.org/x": False, "https://b.org/": own, "https://c.org": own}
    assert access("https://b.org:8443/") == {"verify": False, "cert": "me.pem"}


def test_certificates_that_do_not_exist_are_named(printed):
    printed(index_url="http://a/", cert="/nowhere/own.pem")
    with pytest.raises(InputError, match=r"pip's setting cert is '/nowhere/own\.pem', which does not exist"):
        pip_settings.read()


def test_a_help_that_names_no_index_is_one_sentence(printed):
    printed()
    with pytest.raises(InputError, match="set PIP_INDEX_URL to the address of one"):
        pip_settings.read()


def test_settings_that_pip_does_not_accept_are_one_sentence(configured):
    configured("[global\nindex-url = https://me:hunter2@a.org/\n")
    with pytest.raises(InputError, match=r"^pip, whose settings name the package index, failed ") as error:
        pip_settings.read()
    assert "\n" not in str(error.value) and "hunter2" not in str(error.value)


def test_a_python_without_pip_is_one_sentence(tmp_path, monkeypatch):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'python: No module named pip' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(InputError, match=r"failed .*No module named pip"):
        pip_settings.read()


def test_values_are_read_as_pip_prints_them(configured, monkeypatch):
    value = 'http://a/it\'s"here"?x=1=2'
    monkeypatch.setenv("PIP_INDEX_URL", value)
    assert pip_settings.read().indexes == (value,)
