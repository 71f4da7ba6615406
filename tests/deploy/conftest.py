"""Fixtures: a private Engine with the stacks of deploy/; the rest are those of tests/e2e."""
import os

import pytest

from realengine import Engine, started
from releasedimage import load_released
from support import pytest_configure  # noqa: F401


@pytest.fixture(scope="session")
def image_folder(tmp_path_factory):
    """Where load_released() keeps the released image."""
    return tmp_path_factory.mktemp("image")


@pytest.fixture(scope="module")
def engine(image_folder):
    """A file's own Engine with the released image; its networks are not those of another one beside it."""
    with started(Engine("--default-address-pool", f"base=10.{100 + os.getpid() % 90}.0.0/16,size=24")) as e:
        load_released(e, image_folder)
        yield e
