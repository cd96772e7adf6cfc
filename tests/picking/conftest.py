"""The floor over HTTP, with a person who has a scanner."""

import pytest
from api_client import Api, Caller, api_of
from builders import Shop

from fulfillment.access.models import Role


@pytest.fixture
def api(shop: Shop) -> Api:
    return api_of(shop.services)


@pytest.fixture
def ana(api: Api) -> Caller:
    return api.caller(Role.WAREHOUSE, name="Ana")


@pytest.fixture
def csr(api: Api) -> Caller:
    return api.caller(Role.CSR)


@pytest.fixture
def bo(api: Api) -> Caller:
    return api.caller(Role.WAREHOUSE, name="Bo")


@pytest.fixture
def admin(api: Api) -> Caller:
    return api.caller(Role.ADMIN)
