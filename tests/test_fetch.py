"""Fetching against a server of this process that misbehaves; no other network is used."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import socket
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import alignindex as ai
from alignindex.data import download as downloading
from alignindex.data.fetchable import read_registry

pytest.importorskip("pooch")

CONTENT = bytes(range(256)) * 1200  # more than one chunk, and no piece like another
HALF = len(CONTENT) // 2


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def packed(**members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"A folder (.csv)/{name}.csv", text)
    return file.getvalue()


class Server(ThreadingHTTPServer):
    """Answers by path; ``asked`` holds each path with its Range, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.content = CONTENT
        self.etag = '"one"'
        self.asked: list[tuple[str, str]] = []
        self.release = threading.Event()  # ends the silence of slow answers
        self.cuts: list[int] = []  # bytes after which the next good answers end
        self.files = [{"filename": "table.csv", "id": 42}]

    def count(self, path: str) -> int:
        return sum(asked == path for asked, _ in self.asked)


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append((path, self.headers.get("Range", "")))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, path.strip("/").split("/")[0])(self.server.count(path))
        self.close_connection = True

    def head(self, status: int, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def part(self, send: int | None = None, etag: str | None = None) -> None:
        """The content, resumed as asked; only the first `send` bytes of what was announced."""
        content, tag = self.server.content, self.server.etag if etag is None else etag
        span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(span[1]) if span else 0
        if self.headers.get("If-Range", tag) != tag:
            start = 0
        named = {"ETag": tag} if tag else {}
        if start >= len(content):
            return self.head(416, 0, Content_Range=f"bytes */{len(content)}")
        if start:
            named["Content_Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.head(206 if start else 200, len(content) - start, **named)
        self.wfile.write(content[start:][:send])
        return None

    def good(self, _: int) -> None:
        self.part(self.server.cuts.pop() if self.server.cuts else None)

    def cut(self, count: int) -> None:  # once, then resumes
        self.part(HALF if count == 1 else None)

    def always(self, _: int) -> None:  # cut after 1000 bytes each time
        self.part(1000)

    def nameless(self, count: int) -> None:  # no ETag and no date
        self.part(HALF if count == 1 else None, etag="")

    def deaf(self, count: int) -> None:  # ignores Range
        self.head(200, len(CONTENT), ETag='"one"')
        self.wfile.write(CONTENT[:HALF] if count == 1 else CONTENT)

    def liar(self, count: int) -> None:  # resumes at another byte than asked
        if count == 1:
            return self.part(HALF)
        return self.head(206, 5, Content_Range=f"bytes 5-9/{len(CONTENT)}")

    def slow(self, _: int) -> None:
        self.head(200, len(CONTENT), ETag='"one"')
        self.wfile.write(CONTENT[: 2 * downloading.CHUNK])
        self.wfile.flush()
        self.server.release.wait(60)

    def silent(self, _: int) -> None:
        self.server.release.wait(60)

    def moved(self, _: int) -> None:
        self.head(302, 0, Location=f"{self.server.url}/good")

    def circle(self, _: int) -> None:
        self.head(302, 0, Location=f"{self.server.url}/circle")

    def missing(self, _: int) -> None:
        self.head(404, 0)

    def refused(self, _: int) -> None:
        self.head(403, 0)

    def busy(self, count: int) -> None:
        if count == 1:
            return self.head(429, 0, Retry_After="7")
        return self.part()

    def dated(self, count: int) -> None:
        if count == 1:
            return self.head(503, 0, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")
        return self.part()

    def forever(self, _: int) -> None:
        self.head(429, 0)

    def tomorrow(self, _: int) -> None:
        self.head(429, 0, Retry_After="86400")

    def page(self, _: int) -> None:
        page = b"\n<!DOCTYPE html><title>Please log in</title>"
        self.head(200, len(page))
        self.wfile.write(page)

    def empty(self, _: int) -> None:
        self.head(200, 0)

    def api(self, _: int) -> None:
        if "/access/" in self.path:
            return self.part()
        files = [{"dataFile": file} for file in self.server.files]
        body = json.dumps({"status": "OK", "data": files}).encode()
        self.head(200, len(body))
        self.wfile.write(body)
        return None


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were to be waited; nobody waits."""
    waited: list[float] = []
    monkeypatch.setattr(downloading.time, "sleep", waited.append)
    return waited


@pytest.fixture
def fetch(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """``fetch(behaviour)``: a file that the server gives out in that way."""
    monkeypatch.delenv("ALIGNINDEX_ACCEPT_TERMS", raising=False)
    monkeypatch.delenv("ALIGNINDEX_CACHE", raising=False)

    def call(
        behaviour: str, *, entry: dict[str, Any] | None = None, known: bool = True, **arguments: Any
    ) -> Path:
        fields = {
            "title": "A table", "version": "1", "file": "table.csv", "page": "https://example.org",
            "terms": "Cite it.", "citation": "Somebody (2020).",
            "address": f"{server.url}/{behaviour}",
            **({"sha256": sha256(CONTENT)} if known else {}), **(entry or {}),
        }  # fmt: skip
        lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
        registry = tmp_path / "registry.toml"
        registry.write_text("[thing]\n" + "\n".join(lines), encoding="utf-8")
        options = {"accept": True, "folder": tmp_path / "cache", "registry": registry, **arguments}
        return ai.fetch("thing", **options)

    return call


def test_a_file_comes_whole_and_once(
    fetch: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    path = fetch("good")
    assert path == tmp_path / "cache" / "thing" / "1" / "table.csv"
    assert path.read_bytes() == CONTENT
    assert fetch("good", accept=False) == path  # terms are asked for the first time only
    assert server.asked == [("/good", "")]
    assert [file.name for file in path.parent.iterdir()] == ["table.csv"]  # nothing is left over
    assert not (tmp_path / "cache" / "locks").exists()  # the registry knows the hash


def test_a_damaged_file_in_the_cache_is_fetched_again(
    fetch: Callable[..., Path], server: Server
) -> None:
    fetch("good").write_bytes(b"damaged")
    with pytest.raises(ai.SourceError, match=r"Terms: Cite it\."):
        fetch("good", accept=False)
    assert fetch("good").read_bytes() == CONTENT
    assert server.count("/good") == 2


def test_terms_and_citation_come_first(
    fetch: Callable[..., Path], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ai.SourceError) as error:
        fetch("good", accept=False)
    for part in ("Cite it.", "Somebody (2020).", "https://example.org", "accept=True"):
        assert part in str(error.value)
    monkeypatch.setenv("ALIGNINDEX_ACCEPT_TERMS", "another")
    with pytest.raises(ai.SourceError, match="not accepted"):
        fetch("good", accept=False)
    assert server.asked == []
    monkeypatch.setenv("ALIGNINDEX_ACCEPT_TERMS", "another, thing")
    assert fetch("good", accept=False).is_file()
    monkeypatch.setenv("ALIGNINDEX_ACCEPT_TERMS", "all")
    assert fetch("good", accept=False, entry={"version": "2"}).is_file()


def test_the_cache_folder_of_the_environment(
    fetch: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIGNINDEX_CACHE", str(tmp_path / "elsewhere"))
    assert fetch("good", folder=None) == tmp_path / "elsewhere" / "thing" / "1" / "table.csv"


@pytest.mark.parametrize("known", [True, False])
def test_a_cut_download_is_resumed(fetch: Callable[..., Path], server: Server, known: bool) -> None:
    assert fetch("cut", known=known).read_bytes() == CONTENT
    assert server.asked == [("/cut", ""), ("/cut", f"bytes={HALF}-")]


def test_a_later_call_resumes(fetch: Callable[..., Path], server: Server, tmp_path: Path) -> None:
    with pytest.raises(ai.SourceError, match=r"3000 bytes are kept.*resume") as error:
        fetch("always")
    assert "cut" in str(error.value)
    assert not (tmp_path / "cache" / "thing" / "1" / "table.csv").exists()
    server.asked.clear()
    with pytest.raises(ai.SourceError, match="6000 bytes are kept"):
        fetch("always")
    assert [span for _, span in server.asked] == ["bytes=3000-", "bytes=4000-", "bytes=5000-"]


@pytest.mark.parametrize("behaviour", ["deaf", "liar"])
def test_pieces_that_do_not_fit_are_not_joined(fetch: Callable[..., Path], behaviour: str) -> None:
    if behaviour == "deaf":
        assert fetch(behaviour).read_bytes() == CONTENT
    else:
        with pytest.raises(ai.SourceError, match=rf"bytes {HALF}-.*'bytes 5-9"):
            fetch(behaviour)


@pytest.mark.parametrize("known", [True, False])
def test_without_a_validator_pieces_are_joined_only_to_a_known_hash(
    fetch: Callable[..., Path], server: Server, known: bool
) -> None:
    assert fetch("nameless", known=known).read_bytes() == CONTENT
    assert server.asked[1] == ("/nameless", f"bytes={HALF}-" if known else "")


def test_a_file_that_changed_starts_again(fetch: Callable[..., Path], server: Server) -> None:
    with pytest.raises(ai.SourceError, match="kept"):
        fetch("always", known=False)
    server.content, server.etag = CONTENT[::-1], '"two"'
    with pytest.raises(ai.SourceError, match="3000 bytes are kept"):
        fetch("always", known=False)  # begins anew: 1000 bytes in each of three attempts


def test_a_part_that_is_whole_already(
    fetch: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    part = tmp_path / "cache" / "thing" / "1" / "table.csv.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT)
    assert fetch("good").read_bytes() == CONTENT
    assert server.asked == [("/good", f"bytes={len(CONTENT)}-")]


def test_a_part_that_is_too_long_starts_again(fetch: Callable[..., Path], tmp_path: Path) -> None:
    part = tmp_path / "cache" / "thing" / "1" / "table.csv.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT + b"more")
    assert fetch("good").read_bytes() == CONTENT


@pytest.mark.slow
@given(cuts=st.lists(st.integers(0, len(CONTENT) - 1), max_size=2), known=st.booleans())
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_law_any_two_cuts_give_the_same_bytes(
    fetch: Callable[..., Path], server: Server, cuts: list[int], known: bool
) -> None:
    server.cuts = list(cuts)
    path = fetch("good", known=known)
    assert path.read_bytes() == CONTENT
    path.unlink()


def test_a_wrong_hash_leaves_nothing(fetch: Callable[..., Path], tmp_path: Path) -> None:
    wrong = sha256(b"other")
    with pytest.raises(ai.SourceError, match="sha256") as error:
        fetch("good", entry={"sha256": wrong})
    assert wrong in str(error.value)
    assert sha256(CONTENT) in str(error.value)
    assert list((tmp_path / "cache" / "thing" / "1").iterdir()) == []


def test_an_unknown_hash_is_locked_at_first_download(
    fetch: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    path = fetch("good", known=False)
    lock = tmp_path / "cache" / "locks" / "thing 1.json"
    assert json.loads(lock.read_text())["sha256"] == sha256(CONTENT)
    path.unlink()
    assert fetch("good", known=False).read_bytes() == CONTENT  # the same again
    path.unlink()
    server.content, server.etag = b"a,b\n1,2\n", '"two"'
    with pytest.raises(ai.SourceError, match="first download") as error:
        fetch("good", known=False)
    assert str(lock) in str(error.value)
    assert not path.exists()
    lock.unlink()
    assert fetch("good", known=False).read_bytes() == b"a,b\n1,2\n"
    lock.write_text("{")
    with pytest.raises(ai.SourceError, match="cannot be read"):
        fetch("good", known=False)


@pytest.mark.parametrize(
    ("behaviour", "came", "file"),
    [("page", "a web page", "t.csv"), ("empty", "an empty", "t.csv"), ("good", "zip", "t.zip")],
)
def test_what_cannot_be_the_file_is_not_locked(
    fetch: Callable[..., Path], tmp_path: Path, behaviour: str, came: str, file: str
) -> None:
    with pytest.raises(ai.SourceError, match=f"'{file}', got .*{came}"):
        fetch(behaviour, known=False, entry={"file": file})
    assert not (tmp_path / "cache" / "locks").exists()


def test_redirects(fetch: Callable[..., Path]) -> None:
    assert fetch("moved").read_bytes() == CONTENT
    with pytest.raises(ai.SourceError, match="circle"):
        fetch("circle", entry={"version": "2"})


def test_a_file_that_is_not_there(fetch: Callable[..., Path], server: Server) -> None:
    with pytest.raises(ai.SourceError, match=r"/missing: .*404.*by hand"):
        fetch("missing")
    with pytest.raises(ai.SourceError, match="403"):
        fetch("refused")
    assert len(server.asked) == 2  # no second attempt


@pytest.mark.parametrize(("behaviour", "held"), [("slow", 2 * downloading.CHUNK), ("silent", 0)])
def test_a_slow_server(fetch: Callable[..., Path], behaviour: str, held: int) -> None:
    with pytest.raises(ai.SourceError, match=r"0\.2 s") as error:
        fetch(behaviour, timeout=0.2)
    assert f"{held} bytes are kept" in str(error.value)


def test_a_busy_server_is_waited_for(
    fetch: Callable[..., Path], server: Server, waits: list[float]
) -> None:
    assert fetch("busy").read_bytes() == CONTENT
    assert waits == [7.0]
    assert fetch("dated", entry={"version": "2"}).read_bytes() == CONTENT
    assert waits == [7.0, 0.0]  # that date has passed
    assert server.count("/busy") == server.count("/dated") == 2


def test_a_busy_server_is_not_waited_for_beyond_bounds(
    fetch: Callable[..., Path], server: Server, waits: list[float]
) -> None:
    with pytest.raises(ai.SourceError, match=r"429.*86400 s"):
        fetch("tomorrow")
    assert waits == []
    with pytest.raises(ai.SourceError, match="429"):
        fetch("forever")
    assert waits == [1.0, 2.0]
    assert server.count("/forever") == 3


def test_offline(fetch: Callable[..., Path]) -> None:
    with socket.socket() as taken:  # a port on which nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/file"
        with pytest.raises(ai.SourceError, match=r"cannot be reached .*online.*source=PATH"):
            fetch("good", entry={"address": address})


def test_a_file_downloaded_by_hand(
    fetch: Callable[..., Path], server: Server, tmp_path: Path
) -> None:
    copy = tmp_path / "Downloads.csv"
    copy.write_bytes(CONTENT)
    by_hand = {"address": ""}
    with pytest.raises(ai.SourceError, match=r"page or on request.*https://example\.org"):
        fetch("good", entry=by_hand)
    path = fetch("good", entry=by_hand, source=copy)
    assert path.read_bytes() == copy.read_bytes() == CONTENT
    assert fetch("good", entry=by_hand) == path
    copy.write_bytes(b"else")
    with pytest.raises(ai.SourceError, match="sha256"):
        fetch("good", entry=by_hand, source=copy)
    assert copy.read_bytes() == b"else"  # the user's own file stays
    with pytest.raises(ai.SourceError, match=r"absent\.csv"):
        fetch("good", entry=by_hand, source=tmp_path / "absent.csv")
    assert server.asked == []


def test_the_file_inside_an_archive(fetch: Callable[..., Path], server: Server) -> None:
    server.content = packed(one="a\n1\n", two="b\n2\n")
    entry = {"file": "all.zip", "member": "two.csv"}
    path = fetch("good", known=False, entry=entry)
    assert (path.name, path.read_text()) == ("two.csv", "b\n2\n")
    path.write_text("b\n3\n")  # changed behind our back
    assert fetch("good", known=False, entry=entry).read_text() == "b\n2\n"
    with pytest.raises(ai.SourceError, match=r"'three\.csv'.*one\.csv"):
        fetch("good", known=False, entry={**entry, "member": "three.csv"})
    assert server.count("/good") == 1


def test_a_file_of_a_dataverse(fetch: Callable[..., Path], server: Server) -> None:
    entry = {"address": "", "server": server.url, "doi": "10.1234/ABC"}
    assert fetch("", entry=entry).read_bytes() == CONTENT
    listing = "/api/datasets/:persistentId/versions/:latest-published/files"
    assert [path for path, _ in server.asked] == [listing, "/api/access/datafile/42"]
    server.files = [{"filename": "table_2026.csv", "id": 43}]
    with pytest.raises(ai.SourceError, match=r"did you mean 'table_2026\.csv'"):
        fetch("", entry={**entry, "version": "2"})
    with pytest.raises(ai.SourceError, match="as JSON"):
        fetch("", entry={**entry, "server": f"{server.url}/page", "version": "2"})
    with pytest.raises(ai.SourceError, match="404"):
        fetch("", entry={**entry, "server": f"{server.url}/missing", "version": "2"})


def test_bad_arguments(fetch: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(ai.SourceError, match="did you mean 'cow-trade'"):
        ai.fetch("cow-trad")
    with pytest.raises(ai.SourceError, match="timeout above 0"):
        fetch("good", timeout=0)
    with pytest.raises(ai.SourceError, match="cannot be read"):
        ai.list_fetchable(registry=tmp_path / "none.toml")
    with pytest.raises(ai.SourceError, match=r"\.\./x"):
        fetch("good", entry={"file": "../x"})
    with pytest.raises(ai.SourceError, match="colour = 'red'"):
        fetch("good", entry={"colour": "red"})
    with pytest.raises(ai.SourceError, match="Missing: terms"):
        fetch("good", entry={"terms": ""})
    (tmp_path / "a file").write_text("")
    with pytest.raises(ai.SourceError, match="another folder="):
        fetch("good", folder=tmp_path / "a file")
    (tmp_path / "registry.toml").write_text("[thing")
    with pytest.raises(ai.SourceError, match="TOML"):
        ai.list_fetchable(registry=tmp_path / "registry.toml")


@pytest.mark.parametrize("package", ["pooch", "requests"])
def test_without_the_extra(
    fetch: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ai.ExtraError, match=r"alignindex\[fetch\]"):
        fetch("good")


def test_the_registry_of_the_package() -> None:
    entries = read_registry(None)
    for entry in entries.values():
        assert entry.page.startswith("https://")
        assert re.fullmatch(r"[0-9a-f]{64}|", entry.sha256), entry.name
        assert not entry.address or entry.address.startswith("https://")
        assert not entry.address or entry.address.endswith("/" + entry.file)
        assert bool(entry.server) <= bool(entry.doi), entry.name
        assert entry.by_hand or entry.checked, entry.name
        assert bool(entry.member) == entry.file.endswith(".zip"), entry.name
        if entry.reader.startswith("ai."):
            reader: Any = ai
            for part in entry.reader.split(".")[1:]:
                reader = getattr(reader, part)
            assert callable(reader)
    table = ai.list_fetchable()
    assert list(table.index) == sorted(entries)
    assert (table["hash"] == "known").equals(table["sha256"].notna())
