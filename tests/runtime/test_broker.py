"""The broker of one machine: Redis where it is installed, else the one written in Python."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from needs import needs_redis

from fulfillment.runtime import broker
from fulfillment.runtime.supervisor import Supervisor

pytestmark = [pytest.mark.process, pytest.mark.broker]


@pytest.fixture(params=["redis", "python"])
def url(request: pytest.FixtureRequest, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "redis":
        needs_redis()
    else:
        monkeypatch.setattr(shutil, "which", lambda _: None)
    chosen = broker.choose(data_folder)
    assert ("written in Python" in chosen.notice) == (request.param == "python")
    with Supervisor(data_folder / "logs") as supervisor:
        supervisor.start(chosen.program)
        yield chosen.url


def test_it_carries_messages_and_scripts(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        assert client.lpush("queue", "one", "two") == 2
        assert client.brpop(["queue"], timeout=1) == (b"queue", b"one")
        assert client.eval("return redis.call('llen', KEYS[1])", 1, "queue") == 1


def test_redis_is_closed_to_who_does_not_know_the_password_and_never_forgets_a_queue(data_folder: Path) -> None:
    needs_redis()
    chosen = broker.choose(data_folder)
    with Supervisor(data_folder / "logs") as supervisor:
        supervisor.start(chosen.program)
        with redis.Redis.from_url(chosen.url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            port = client.get_connection_kwargs()["port"]
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    assert stat.S_IMODE((data_folder / "broker" / "redis.conf").stat().st_mode) == 0o600


def test_a_redis_that_is_too_old_for_the_transport_is_passed_over(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=5.0.14 sha=00000000:0'\n")
    old.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(old) if name == "redis-server" else None)
    assert "written in Python" in broker.choose(data_folder).notice
