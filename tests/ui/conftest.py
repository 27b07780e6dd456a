from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """The test before may have read Japanese; a thread keeps its language."""
    with translation.override("en"):
        yield
