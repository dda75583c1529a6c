"""A hub on this machine: the few answers that huggingface_hub asks for."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import pathlib
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves one folder as owner/name at two revisions, main and its commit.

    Attributes:
      url: the endpoint.
      asked: method and path of each request, in order.
      stops_after: the next file longer than this is cut there, once.
      ranges: the Range headers that came.
    """

    def __init__(self, folder: pathlib.Path, repository: str) -> None:
        self.folder = folder
        self.repository = repository
        self.url = ""
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.stops_after: int | None = None
        self.always_stops = False

    def files(self) -> list[pathlib.Path]:
        return sorted(p for p in self.folder.rglob("*") if p.is_file())


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers for the hub that its server has."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self._answer(with_body=True)

    def do_HEAD(self):
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        hub = self.server.hub
        path = urlsplit(self.path).path
        hub.asked.append(f"{self.command} {path}")
        api = f"/api/models/{hub.repository}"
        if path.startswith("/api/models/closed/"):
            self._refuse(403, "GatedRepo")
        elif path.startswith(f"{api}/tree/"):
            self._json(_tree(hub))
        elif path.startswith(api):
            revision = path.partition("/revision/")[2] or "main"
            if revision in ("main", COMMIT):
                self._json(_info(hub))
            else:
                self._refuse(404, "RevisionNotFound")
        elif path.startswith(f"/{hub.repository}/resolve/"):
            self._file(path.split("/", 5)[5], with_body)
        else:
            self._refuse(401, "RepoNotFound")

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Error-Message", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _file(self, name: str, with_body: bool) -> None:
        hub = self.server.hub
        data = (hub.folder / name).read_bytes()
        start = 0
        if given := self.headers.get("Range"):
            hub.ranges.append(given)
            start = int(given.removeprefix("bytes=").split("-")[0])
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header(
                "Content-Range",
                f"bytes {start}-{len(data) - 1}/{len(data)}",
            )
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if not with_body:
            return
        end = len(data)
        if hub.stops_after is not None and end > hub.stops_after:
            end = max(hub.stops_after, start)
            self.close_connection = True
            if not hub.always_stops:
                hub.stops_after = None
        self.wfile.write(data[start:end])


def _info(hub: Hub) -> dict[str, object]:
    return {
        "id": hub.repository,
        "sha": COMMIT,
        "siblings": [
            {"rfilename": p.relative_to(hub.folder).as_posix()}
            for p in hub.files()
        ],
    }


def _tree(hub: Hub) -> list[dict[str, object]]:
    return [
        {
            "type": "file",
            "path": p.relative_to(hub.folder).as_posix(),
            "size": p.stat().st_size,
            "oid": hashlib.sha1(p.read_bytes()).hexdigest(),
        }
        for p in hub.files()
    ]


@contextlib.contextmanager
def serving(folder: pathlib.Path, repository: str) -> Iterator[Hub]:
    """Yields a hub that answers as long as the block lasts."""
    hub = Hub(folder, repository)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.hub = hub
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(
        target=server.serve_forever, args=(0.01,), daemon=True
    )
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
