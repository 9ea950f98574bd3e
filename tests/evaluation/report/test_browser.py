"""A report as a browser sees it: nothing runs, nothing leaves, everything is there."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from imbgen.evaluation.report import comparison_page
from imbgen.html import Picture

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps",
]  # fmt: skip

# What Chromium asks on its own: for the time, its accounts, its search.
OWN = ("", "clients2.google.com", "accounts.google.com", "www.google.com")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium; `make browser` installs one"),
]


@contextmanager
def listening_proxy():
    """Yield a port and the first lines of all that is sent to it; nothing gets any further."""
    asked = []
    server = socket.create_server(("127.0.0.1", 0))

    def listen():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(4096).decode("latin-1").split("\r\n")[0])

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1], asked
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(timeout=5)


def visit(file, profile, *options):
    """Return the document as it stands after loading, what the console said, and what was asked for."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with listening_proxy() as (port, asked):
        proxy = [f"--proxy-server=127.0.0.1:{port}", "--proxy-bypass-list=<-loopback>"]
        told = ["--enable-logging=stderr", f"--user-data-dir={profile}"]
        done = subprocess.run(
            [CHROMIUM, *QUIET, *sandbox, *proxy, *told, *options, "--dump-dom", file.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, console, [line for line in asked if host_of(line) not in OWN]


def host_of(request):
    """The host of ``GET http://host/path HTTP/1.1`` or ``CONNECT host:443 HTTP/1.1``."""
    words = request.split()
    return urlsplit(words[1] if "//" in words[1] else f"//{words[1]}").hostname if len(words) > 1 else ""


def test_the_check_sees_what_leaves_and_what_runs(tmp_path):
    file = tmp_path / "bad.html"
    file.write_text("<img src='http://page.test/x.png'><script>document.title = nothing.at.all</script>")
    _, console, asked = visit(file, tmp_path / "profile")
    assert any("nothing is not defined" in line for line in console)
    assert any("http://page.test/x.png" in line for line in asked)


def test_a_report_is_quiet_and_complete(report_file, single, tmp_path):
    page = comparison_page(single)
    document, console, asked = visit(report_file, tmp_path / "profile")
    assert console == []
    assert asked == []
    assert "<script" not in document
    for section in page.sections:
        assert f"<h2>{section.title}</h2>" in document
    n_pictures = sum(isinstance(block, Picture) for section in page.sections for block in section.blocks)
    assert document.count("<img") == n_pictures


def test_what_were_smuggled_into_a_report_would_neither_run_nor_leave(report_file, tmp_path):
    smuggled = "<script>document.title = 'caught'</script><img src='http://page.test/x.png'>"
    file = tmp_path / "smuggled.html"
    file.write_text(report_file.read_text(encoding="utf-8").replace("</main>", f"{smuggled}</main>"))
    document, console, asked = visit(file, tmp_path / "profile")
    assert "<title>caught</title>" not in document
    assert len(console) == 2
    assert asked == []
