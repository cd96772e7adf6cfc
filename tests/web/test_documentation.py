"""The OpenAPI document and the page that is made of it."""

import json
import re
from typing import Any

from api_client import Api
from click.testing import CliRunner
from openapi_spec_validator import OpenAPIV31SpecValidator

from fulfillment.cli import main
from web.access import PUBLIC
from web.route import ROUTES


def test_the_document_is_valid_openapi_3_1(api: Api) -> None:
    answer = api.nobody.get("/openapi.json")

    assert answer.mimetype == "application/json"
    assert answer.json["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(answer.json).validate()


def test_every_route_is_documented_with_its_roles_its_key_and_its_problems(api: Api) -> None:
    paths = api.nobody.get("/openapi.json").json["paths"]
    documented = {
        operation["operationId"]: (method, operation) for each in paths.values() for method, operation in each.items()
    }

    assert documented.keys() == {name.split(".")[1] for name in ROUTES}
    for name, route in ROUTES.items():
        method, operation = documented[name.split(".")[1]]
        assert method == route.method.lower()
        assert operation.get("x-roles", []) == sorted(route.roles)
        assert operation["summary"]
        headers = {each["name"] for each in operation["parameters"] if each["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method == "post" and route.roles != PUBLIC)
        assert ("If-Match" in headers) == (method != "get" and route.rule.startswith(("/v1/orders/<", "/v1/carts/<")))
        assert ("428" in operation["responses"]) == ("If-Match" in headers and method != "post")
        assert ("Prefer" in headers) == route.waits
        assert {str(route.status), *map(str, route.also)} <= operation["responses"].keys()
        problem = operation["responses"]["503"]["content"]
        assert list(problem) == ["application/problem+json"]


def test_an_object_whose_names_follow_a_pattern_takes_no_others(api: Api) -> None:
    found: list[dict[str, Any]] = []

    def look(part: Any) -> None:
        for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            look(each)
        if isinstance(part, dict) and "patternProperties" in part:
            found.append(part)

    look(api.nobody.get("/openapi.json").json)

    assert len(found) >= 5
    assert [each for each in found if each.get("additionalProperties") is not False] == []


def test_the_page_can_be_read_without_a_network(api: Api) -> None:
    answer = api.nobody.get("/docs")

    assert answer.mimetype == "text/html"
    assert re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", answer.text) == []
    assert "<script" not in answer.text
    assert "/v1/checkouts" in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for anchor in set(re.findall(r'href="#([^"]+)"', answer.text)):
        assert f'id="{anchor}"' in answer.text


def test_the_command_prints_the_same_document(api: Api) -> None:
    printed = CliRunner().invoke(main, ["openapi", "--indent", "0"])

    assert printed.exit_code == 0
    assert json.loads(printed.stdout) == api.nobody.get("/openapi.json").json
