"""A server for the tests of one file, a client of it, and what is logged meanwhile."""

import io
import logging
import warnings

import pytest
from starlette.testclient import TestClient

from serving import server
from zhyper.serve.http._limits import Limits
from zhyper.serve.http._logs import log_json


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    with server(tmp_path_factory.mktemp("serving"), limits=Limits(requests_per_minute=100_000)) as made:
        yield made


@pytest.fixture(scope="module")
def client(parts):
    with TestClient(parts.app) as made:
        yield made


@pytest.fixture
def log():
    """What is logged while the test runs."""
    root, show = logging.getLogger(), warnings.showwarning
    before, stream = root.handlers[:], io.StringIO()
    levels = {
        name: logging.getLogger(name).level
        for name in ("", "zhyper", "uvicorn", "uvicorn.error", "uvicorn.access")
    }
    log_json("DEBUG", stream)
    yield stream
    root.handlers[:], warnings.showwarning = before, show
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
