"""The simulated carrier as a process of its own."""

from __future__ import annotations

from typing import Any

from simulated import Simulated


class SimulatedCarrier(Simulated):
    """With what happens to parcels on their way."""

    command = "carrier"

    def happens(self, tracking_number: str, status: str, **more: object) -> str:
        """Let something happen to a parcel; give the id of the event that tells it."""
        answer = self.http.post(f"/v1/parcels/{tracking_number}/events", json={"status": status, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def sales(self) -> list[dict[str, Any]]:
        """Every label that was sold, whatever became of it."""
        return [each for each in self.entries() if each["kind"] == "sale" and each["status"] != "failed"]
