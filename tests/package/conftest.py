"""Fixtures: what is packaged is what tools/ makes of this tree; the rest are those of tests/e2e."""
import pytest

from support import binary


def pytest_configure():
    """One clear line instead of an error for each test."""
    try:
        binary()
    except RuntimeError as e:
        pytest.exit(str(e), returncode=4)
