"""Fixtures: a private Engine with the stacks of deploy/; the rest are those of tests/e2e."""
import os

import pytest

from realengine import Engine, started
from support import Dockmeter, binary


def pytest_configure():
    """One clear line instead of an error for each test."""
    try:
        binary()
    except RuntimeError as e:
        pytest.exit(str(e), returncode=4)


@pytest.fixture(scope="session")
def engine():
    """A private Engine without containers; its networks are not those of another one beside it."""
    with started(Engine("--default-address-pool", f"base=10.{100 + os.getpid() % 90}.0.0/16,size=24")) as e:
        yield e
