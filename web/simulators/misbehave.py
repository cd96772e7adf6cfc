"""What an armed fault does to a call: before its effect, and after it."""

import time

from flask import Response

from web.simulators import answers
from web.simulators.faults import Kind, Plan


def before(fault: Plan | None) -> Response | None:
    """Wait, or give the answer that comes in place of an effect."""
    if fault is None:
        return None
    if fault.kind is Kind.SLOW:
        time.sleep(fault.seconds)
    if fault.kind is Kind.ERROR_BEFORE:
        return answers.problem(500, "fault", "An error on request, without an effect.")
    return answers.cut() if fault.kind is Kind.CUT_BEFORE else None


def after(fault: Plan | None) -> Response | None:
    """Wait, or give the answer that comes in place of the true one, once the effect is there."""
    if fault is None:
        return None
    if fault.kind is Kind.TIMEOUT_AFTER:
        time.sleep(fault.seconds)
    if fault.kind is Kind.ERROR_AFTER:
        return answers.problem(500, "fault", "An error on request, after the effect.")
    return answers.cut() if fault.kind is Kind.CUT else None


def instead(fault: Plan | None) -> Response | None:
    """A question has no effect, so before and after are one."""
    return before(fault) or after(fault)
