"""The API does what its document says: no answer of 500, no status that is not written there, no body of another shape."""

import random
import secrets

import pytest
from api_client import Api
from builders import Shop, broken, work_off
from conformance import WITHIN, Conformance, a_busy_shop

ALWAYS = 20_261_121
"""What the suite's calls are made up from: the same calls every time, so that no run fails by chance."""


def test_what_is_made_up_is_answered_as_documented_and_breaks_nothing(
    shop: Shop, api: Api, pytestconfig: pytest.Config
) -> None:
    """A sixth of the operations in the suite; all of them, with calls that were never made before, by `make conformance`."""
    wanted: int = pytestconfig.getoption("--conformance-calls")
    given: int | None = pytestconfig.getoption("--conformance-seed")
    seed = given if given is not None else secrets.randbits(32) if wanted else ALWAYS
    print(f"made up from {seed}: --conformance-seed {seed} makes up the same calls again", flush=True)
    run = Conformance(a_busy_shop(shop), api, random.Random(seed))

    run.run(wanted or 60, every=1 if wanted else 6)

    assert [f"{kind}: {told}" for kind, told in sorted(run.found.items())] == []
    work_off(shop.services, only=WITHIN)
    assert broken(shop.services) == {}
