"""What the floor is not told: amounts and e-mail addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fulfillment.access.models import Role

# A refusal that names an amount is said without it to those who see no money.
_MONEY_GUARDS: Final = {"balance_due": ("the order is not paid", "ask customer service")}


def told_to(role: Role, problem: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a refusal (`guard`, `reason`, `remedy`, ...) as this role may hear it."""
    if role != Role.WAREHOUSE or problem["guard"] not in _MONEY_GUARDS:
        return problem
    reason, remedy = _MONEY_GUARDS[problem["guard"]]
    return {**problem, "reason": reason, "remedy": remedy}
