"""What the tests of campaigns share."""

import pytest


@pytest.fixture
def lavka(store):
    """The shop with a site of its own, to which links of a campaign may lead."""
    store.url = "https://lavka.example"
    store.save()
    return store
