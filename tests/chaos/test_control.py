"""The control counts what plain Celery made of its tasks."""

import pytest
from needs import needs_redis

from fulfillment.chaos.control import Control, run_control


@pytest.mark.process
@pytest.mark.slow
def test_every_task_is_done_lost_or_repeated(data_folder):
    needs_redis()
    control = run_control(data_folder, tasks=600, kills=3, seed=1)
    done = (data_folder / "effects").read_text().split()
    assert (control.orders, control.kills) == (600, 3)
    assert len(set(done)) == 600 - control.lost
    assert len(done) == 600 - control.lost + control.duplicate_effects


@pytest.mark.process
def test_without_kills_plain_celery_loses_nothing(data_folder, monkeypatch):
    monkeypatch.setattr("fulfillment.chaos.control._QUIET_SECONDS", 2)
    needs_redis()
    assert run_control(data_folder, tasks=200, kills=0, seed=1) == Control(200, 0, 0, 0)
