"""The notebook interface takes what people give it, or says in words what it wants."""

import explorer


def test_completion_offers_the_interface() -> None:
    """What is loaded only when asked for is listed all the same."""
    assert set(explorer.__all__) <= set(dir(explorer))
