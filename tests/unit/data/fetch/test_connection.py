"""What is said about settings of the environment and about failed connections."""

import http.server
import re
import shutil
import ssl
import subprocess
import threading

import pytest
import requests

import web
from beyondtext.core.errors import InputError
from beyondtext.data.fetch import body, connection, fetch, transfer
from sources import definition

NOWHERE = "http://nowhere.invalid/data.bin"


@pytest.fixture(autouse=True)
def direct(monkeypatch):
    """No proxy and no certificates but those of a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in connection.BUNDLES:
        monkeypatch.delenv(name, raising=False)


def sentence(tmp_path, address=NOWHERE, **changes):
    """The message of a fetch that fails."""
    with pytest.raises(InputError) as error:
        fetch(definition(address=address, **changes), tmp_path / "demo")
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("variable", "proxy", "message"),
    [
        (
            "ALL_PROXY",
            "socks5://127.0.0.1:9",
            "ALL_PROXY is 'socks5://127.0.0.1:9', a SOCKS proxy, which needs the packa",
        ),
        ("all_proxy", "socks4a://me:secret@a:1", r"all_proxy is 'socks4a://\*\*\*@a:1', a SOCKS proxy"),
        ("http_proxy", "ftp://a:1", "http_proxy is 'ftp://a:1', but the address of a proxy begins with http://"),
        (
            "HTTP_PROXY",
            "http://",
            "HTTP_PROXY is 'http://', which is not the address of a proxy; set it to one such as",
        ),
        ("HTTP_PROXY", "http://a:b:c", "HTTP_PROXY is 'http://a:b:c', which is not the address of a proxy"),
        ("HTTP_PROXY", "http://a:70000", "HTTP_PROXY is 'http://a:70000', which is not the address of a proxy"),
        ("HTTP_PROXY", "http://[::1", "HTTP_PROXY is .*, which is not the address of a proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(tmp_path, monkeypatch, variable, proxy, message):
    monkeypatch.setattr(connection, "find_spec", lambda name: None)  # PySocks is not installed
    monkeypatch.setenv(variable, proxy)
    said = sentence(tmp_path)
    assert re.match(f"source demo: {message}", said)
    assert "secret" not in said


def test_a_proxy_is_not_needed_where_it_does_not_apply(server, tmp_path, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server.answers["/data.bin"] = [web.serve()]
    # Not even if another address of the same source would need it.
    fetch(definition(address=NOWHERE, mirrors=[f"{server.url}/data.bin"]), tmp_path / "demo")


def test_a_proxy_that_does_not_answer_is_named_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:9")
    said = sentence(tmp_path)
    assert "the proxy in HTTP_PROXY, http://***@127.0.0.1:9, cannot be reached" in said and "secret" not in said


def test_a_file_of_certificates_that_does_not_exist_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("CURL_CA_BUNDLE", "/nowhere/bundle.pem")
    assert "CURL_CA_BUNDLE is '/nowhere/bundle.pem', which does not exist" in sentence(tmp_path, "https://a.invalid/b")


def test_an_unknown_server_is_said_to_be_unknown(tmp_path):
    assert f"{NOWHERE}: the server's name is not known (Failed to resolve 'nowhere.invalid'" in sentence(tmp_path)


@pytest.mark.parametrize(
    "address",
    ["ftp://a.invalid/b", "a.invalid/b", "http://", "http://[::1/b", f"http://{'a' * 70}.org/b", "http://a..b/c"],
)
def test_an_address_that_is_none_is_requested_once(tmp_path, address, capsys):
    said = sentence(tmp_path, address)
    assert "not a web address" in said
    assert "attempt" not in capsys.readouterr().err


def test_an_address_that_leads_to_itself_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server.answers["/data.bin"] = [web.status(302, Location="/data.bin")]
    assert "leads in a circle" in sentence(tmp_path, f"{server.url}/data.bin")


@pytest.mark.parametrize("code", [401, 403, 404, 407, 410, 451])
def test_a_refusal_is_final(server, tmp_path, code):
    server.answers["/data.bin"] = [web.status(code)]
    assert f"HTTP {code} " in sentence(tmp_path, f"{server.url}/data.bin")
    assert len(server.seen) == 1


def test_a_server_that_stalls_is_reported(server, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "TIMEOUTS", (1, 0.2))
    server.answers["/data.bin"] = [web.serve(stop=150_000, pause=5)]
    said = sentence(tmp_path, f"{server.url}/data.bin")
    assert "Read timed out" in said and "in the last of 3 attempts" in said and "resumes the download" in said
    assert [headers.get("Range") for _, headers in server.seen] == [None, *["bytes=150000-"] * 2]  # all that arrived


@pytest.fixture
def encrypted(tmp_path):
    """The address of a server with a certificate that nobody has signed."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*command, "-keyout", key, "-out", certificate, *subject], check=True, capture_output=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), web.Handler)
    server.answers, server.seen = {"/data.bin": [web.serve()], "/drip": [web.endless(b"x", pause=0.02)]}, []
    server.answers["/down"] = [web.status(302, Location="http://127.0.0.1:9/data.bin")]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}/data.bin", certificate
    server.shutdown()
    server.server_close()


def test_a_certificate_that_is_not_accepted_is_final(encrypted, tmp_path, monkeypatch, capsys):
    address, certificate = encrypted
    said = sentence(tmp_path, address)
    assert "certificate was not accepted" in said and "self-signed" in said and "set REQUESTS_CA_BUNDLE" in said
    assert "attempt" not in capsys.readouterr().err
    (tmp_path / "other.pem").write_text("not a certificate")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    assert f"check REQUESTS_CA_BUNDLE, which is '{tmp_path / 'other.pem'}'" in sentence(tmp_path, address)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    fetch(definition(address=address), tmp_path / "demo")


def test_an_encrypted_server_may_not_redirect_to_one_that_is_not(encrypted, tmp_path, monkeypatch, capsys):
    address, certificate = encrypted
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    said = sentence(tmp_path, address.replace("data.bin", "down"))
    assert "the address redirects from https to http://127.0.0.1:9/data.bin, which is not encrypted" in said
    assert "attempt" not in capsys.readouterr().err


def test_an_encrypted_drip_is_given_up(encrypted, tmp_path, monkeypatch):
    address, certificate = encrypted
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setattr(body, "SPEED_TIME", 0.3)
    said = sentence(tmp_path, address.replace("data.bin", "drip"))
    assert "fewer than 1000 bytes a second, in the last of 3 attempts" in said


def test_an_answer_with_two_lengths_is_not_said_to_be_the_addresses_fault(server, tmp_path):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"
    server.answers["/data.bin"] = [web.raw(head + b"abc")]
    said = sentence(tmp_path, f"{server.url}/data.bin")
    assert "the header of the server's answer is not valid (Content-Length contained" in said
    assert len(server.seen) == 1


def test_what_cannot_be_explained_is_named_and_tried_again():
    error = requests.ConnectionError("odd\n  thing")
    assert connection.failure(error, NOWHERE) == ("the transfer was interrupted (ConnectionError: odd thing)", False)
