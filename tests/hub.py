"""A small Hugging Face hub on this machine: the HTTP interface that huggingface_hub uses, in memory.

Tests start it by `hub_of()` and run programs against it with `environment()`.
"""

import base64
import contextlib
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

TOKEN = "hf_right"


class Hub(ThreadingHTTPServer):
    """Repositories by name, each a list of commits; the last one is `main`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.commits, self.private = {}, {}
        self.address = f"http://127.0.0.1:{self.server_port}"

    def files(self, name, revision="main"):
        commits = self.commits[name]
        chosen = [c for c in commits if revision in (c["oid"], "main")]
        return chosen[-1] if chosen else None

    def environment(self, home, token=TOKEN):
        return {
            "HF_ENDPOINT": self.address,
            "HF_HOME": str(home),
            "HF_TOKEN": token,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }


@contextlib.contextmanager
def hub_of():
    hub = Hub()
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = unquote(urlsplit(self.path).path)
        if path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._json({"error": "Invalid username or password."}, 401)
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            if name in self.server.commits:
                there = {
                    "error": "You already created this model repo",
                    "url": f"{self.server.address}/{name}",
                }
                return self._json(there, 409)
            self.server.commits[name] = []
            self.server.private[name] = asked.get("visibility") == "private"
            return self._json({"url": f"{self.server.address}/{name}", "name": name})
        _, _, _, owner, repository, verb, _ = path.split("/")
        if verb == "preupload":
            files = json.loads(body)["files"]
            modes = [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]
            return self._json({"files": modes})
        return self._commit(f"{owner}/{repository}", body)

    def _commit(self, name, body):
        lines = [json.loads(line) for line in body.splitlines()]
        last = self.server.files(name)
        files = dict(last["files"]) if last else {}
        for line in lines:
            if line["key"] == "file":
                files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
        oid = hashlib.sha1(body).hexdigest()
        message = next(line["value"]["summary"] for line in lines if line["key"] == "header")
        self.server.commits[name].append({"oid": oid, "files": files, "message": message})
        url = f"{self.server.address}/{name}/commit/{oid}"
        self._json({"success": True, "commitOid": oid, "commitUrl": url, "hookOutput": ""})

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = unquote(urlsplit(self.path).path).strip("/").split("/")
        if path[0] == "api":  # api/models/OWNER/NAME[/revision/R | /tree/R]
            name, rest = "/".join(path[2:4]), path[4:]
        else:  # OWNER/NAME/resolve/R/FILE
            name, rest = "/".join(path[:2]), path[2:]
        commit = (
            self.server.files(name, rest[1] if len(rest) > 1 else "main")
            if name in self.server.commits
            else None
        )
        if commit is None:
            code = "RevisionNotFound" if name in self.server.commits else "RepoNotFound"
            return self._json({"error": "Repository not found"}, 404, {"X-Error-Code": code})
        if path[0] != "api":
            return self._file(commit, "/".join(rest[2:]))
        entries = [
            {"type": "file", "path": k, "oid": hashlib.sha1(v).hexdigest(), "size": len(v)}
            for k, v in commit["files"].items()
        ]
        if rest[:1] == ["tree"]:
            return self._json(entries)
        return self._json(
            {
                "id": name,
                "sha": commit["oid"],
                "siblings": [{"rfilename": entry["path"]} for entry in entries],
            }
        )

    def _file(self, commit, name):
        if name not in commit["files"]:
            return self._json({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound"})
        content = commit["files"][name]
        etag = hashlib.sha1(content).hexdigest()
        self._send(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": commit["oid"]})

    def _json(self, value, status=200, headers=None):
        self._send(
            status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})}
        )

    def _send(self, status, content, headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
