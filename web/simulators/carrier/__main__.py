"""`python -m web.simulators.carrier` is `fulfillment carrier`."""

from web.commands import carrier

carrier()
