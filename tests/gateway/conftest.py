"""One open gateway for all tests of a file that do not need one of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opened_gateway import OpenedGateway


@pytest.fixture(scope="module")
def gateway() -> Iterator[OpenedGateway]:
    with OpenedGateway() as opened:
        yield opened
