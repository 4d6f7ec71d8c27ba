"""A web server on this machine that answers and misbehaves as a test asks."""

import hashlib
import http.server
import random
import threading
import time
from contextlib import contextmanager

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BODY = random.Random(0).randbytes(300_000)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers the requests for a path with the functions in ``answers``, one after the other; the last one repeats."""

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        try:
            answers = self.server.answers[self.path]
        except KeyError:
            answers = [status(404)]
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def do_HEAD(self):
        self.do_GET()

    def log_message(self, *arguments):
        pass


@contextmanager
def running():
    """Yield a server at ``url``: set its ``answers`` by path, and read the paths and headers that it has ``seen``."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.answers, server.seen = {}, []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def status(code, **headers):
    """Answer with a status and no body."""

    def answer(handler):
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def serve(body=BODY, stop=None, ranges=True, tag='"one"', length=True, pause=0.0, **headers):
    """Send ``body``, or the requested range; after ``stop`` bytes pause and close the connection."""

    def answer(handler):
        start = int(handler.headers.get("Range", "bytes=0-")[6:-1]) if ranges else 0
        if handler.headers.get("If-Range", tag) != tag:
            start = 0
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if length:
            handler.send_header("Content-Length", str(len(body) - start))
        if tag:
            handler.send_header("ETag", tag)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        if handler.command == "GET":
            handler.wfile.write(body[start : stop if stop else None])
            handler.wfile.flush()
            time.sleep(pause)
        handler.close_connection = True

    return answer


def serve_hub(body, commit=COMMIT, **changes):
    """Send a file as the model hub does, with its commit and a tag of its content."""
    return serve(body, X_Repo_Commit=commit, tag=f'"{hashlib.sha1(body).hexdigest()}"', **changes)


def repository(name, revision, files, commit=COMMIT):
    """The answers of the model hub for a repository's files, by their addresses: at the revision and at its commit."""
    return {
        f"/{name}/resolve/{at}/{path}": [serve_hub(body, commit)]
        for at in (revision, commit)
        for path, body in files.items()
    }


def drip(body, piece=64, pause=0.01):
    """Send ``body`` in small pieces with a pause after each."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        for start in range(0, len(body), piece):
            handler.wfile.write(body[start : start + piece])
            handler.wfile.flush()
            time.sleep(pause)

    return answer


def raw(*pieces, pause=0.0):
    """Send bytes as they are, header included, with a pause after each piece, until the other side hangs up."""

    def answer(handler):
        handler.close_connection = True
        try:
            for piece in pieces:
                handler.wfile.write(piece)
                handler.wfile.flush()
                time.sleep(pause)
        except OSError:
            handler.server.hung_up = True

    return answer


def endless(piece, header=b"HTTP/1.1 200 OK\r\n\r\n", pause=0.0, most=100_000):
    """Send a header, and then the same bytes again and again, until the other side hangs up."""
    return raw(header, *[piece] * most, pause=pause)
