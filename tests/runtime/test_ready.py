"""What is known of an address before anything is started on it."""

import socket
from pathlib import Path

import pytest

from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.ready import free_port, reached_at, why_not_free
from fulfillment.runtime.up import Shape, up
from fulfillment.settings import Settings


@pytest.mark.parametrize("shared", [True, False])
def test_a_port_on_which_somebody_listens_is_not_free_even_where_it_is_offered_for_sharing(*, shared: bool) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, int(shared))
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert why_not_free("127.0.0.1", port) == "Address already in use"
    assert why_not_free("127.0.0.1", port) is None


def test_an_address_that_is_not_of_this_machine_is_not_free() -> None:
    assert why_not_free("203.0.113.1", free_port()) == "Cannot assign requested address"


@pytest.mark.parametrize(
    ("host", "reached"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("192.0.2.7", "192.0.2.7"), ("::1", "[::1]")],
)
def test_an_api_is_asked_where_it_listens(host: str, reached: str) -> None:
    assert reached_at(host) == reached


def test_a_system_whose_port_is_in_use_starts_nothing_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with (
            pytest.raises(CannotStart, match=rf"cannot listen on 127\.0\.0\.1, port {port} \(Address already in use\)"),
            up(Settings(fulfillment_home=tmp_path), Shape(port=port), on_step=said.append),
        ):
            pass
    assert said == []
    assert not (tmp_path / "database").exists()
