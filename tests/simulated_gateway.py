"""The simulated gateway as a process of its own."""

from simulated import Simulated


class SimulatedGateway(Simulated):
    """With what a person or a bank does at its desk."""

    command = "gateway"

    def at_desk(self, reference: str, noun: str, amount: int | None = None) -> str:
        """Do something to an authorization at the gateway itself; give the reference of what was done."""
        said = {} if amount is None else {"amount": amount}
        answer = self.http.post(f"/v1/desk/authorizations/{reference}/{noun}", json=said)
        assert answer.status_code == 201, answer.text
        return answer.json()["reference"]
