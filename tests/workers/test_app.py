"""Settings of the workers on which whoever runs them must be able to rely."""

from celery.concurrency.prefork import TaskPool

from fulfillment.settings import Settings
from workers.app import make_app


def test_a_process_that_takes_long_to_start_on_a_busy_machine_is_waited_for(monkeypatch):
    started = {}
    monkeypatch.setattr(TaskPool, "Pool", lambda *_, **options: started.update(options) or _Nothing())

    TaskPool(2, app=make_app(Settings.for_trial()), threads=False).on_start()

    assert started["proc_alive_timeout"] == 120


class _Nothing:
    """A pool without processes."""

    def __getattr__(self, name):
        return lambda *_, **__: None
