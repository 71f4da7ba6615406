"""Fixtures: a private Engine for the image's containers; the rest are those of tests/e2e."""
import pytest

from realengine import Engine, started
from support import binary


def pytest_configure():
    """One clear line instead of an error for each test."""
    try:
        binary()
    except RuntimeError as e:
        pytest.exit(str(e), returncode=4)


@pytest.fixture(scope="session")
def engine():
    """A private Engine without containers."""
    with started(Engine()) as e:
        yield e
