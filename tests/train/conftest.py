"""Each training collects garbage, which would look at all that the imports made each time."""

import gc

import pytest

import zhyper.train  # noqa: F401 - all that a training imports


@pytest.fixture(scope="session", autouse=True)
def _frozen_imports():
    gc.collect()
    gc.freeze()
