"""Reading explanations as a client does, and doing what they say to the letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api_client import Api, Caller
from builders import Shop, work_off
from werkzeug.test import TestResponse

from fulfillment.access.models import Role


@dataclass
class Desk:
    """Somebody who reads explanations and does what they say, with a key of each role."""

    api: Api
    shop: Shop

    def __post_init__(self) -> None:
        self.keys = {role: self.api.caller(role) for role in Role}

    def explains(self, number: str, role: Role = Role.ADMIN, caller: Caller | None = None) -> dict[str, Any]:
        answer = (caller or self.keys[role]).get(f"/v1/orders/{number}/explanation")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def codes(self, number: str) -> list[str]:
        return [blocker["code"] for blocker in self.explains(number)["blockers"]]

    def blocker(self, number: str, code: str) -> dict[str, Any]:
        [found] = [each for each in self.explains(number)["blockers"] if each["code"] == code]
        assert isinstance(found, dict)
        return found

    def action(self, number: str, name: str, subject_id: int | None = None, **more: Any) -> dict[str, Any]:
        found = [
            each
            for each in self.explains(number, **more)["actions"]
            if each["action"] == name and subject_id in (None, each["subject_id"])
        ]
        assert len(found) == 1, found
        action: dict[str, Any] = found[0]
        return action

    def sends(self, call: dict[str, Any], role: str | None = None, caller: Caller | None = None) -> TestResponse:
        """Send exactly what a call says, with a key of the role it names."""
        role = role or call["roles"][0]
        assert role in call["roles"]
        key = caller or self.keys[Role(role)]
        if call["method"] == "POST":
            return key.post(call["path"], call["body"], headers=call["headers"])
        body = {} if call["body"] is None else {"json": call["body"]}
        return key.send(call["method"], call["path"], headers=call["headers"], **body)

    def follows(self, number: str, code: str, role: str | None = None) -> None:
        """Do what the blocker says, let the workers work, and see that it is gone."""
        blocker = self.blocker(number, code)
        answer = self.sends(blocker["call"], role)
        assert answer.status_code in (200, 201, 202), answer.text
        work_off(self.shop.services)
        left = [(each["code"], each["subject_id"]) for each in self.explains(number)["blockers"]]
        assert (code, blocker["subject_id"]) not in left
