"""The API in this process, on a shop that has opened."""

import pytest
from api_client import Api, Caller, api_of
from builders import Shop

from fulfillment.access.models import Role


@pytest.fixture
def api(shop: Shop) -> Api:
    return api_of(shop.services)


@pytest.fixture
def storefront(api: Api) -> Caller:
    return api.caller(Role.STOREFRONT)


@pytest.fixture
def csr(api: Api) -> Caller:
    return api.caller(Role.CSR)


@pytest.fixture
def warehouse(api: Api) -> Caller:
    return api.caller(Role.WAREHOUSE)


@pytest.fixture
def admin(api: Api) -> Caller:
    return api.caller(Role.ADMIN)
