"""The Celery app: every setting that decides whether work is lost, repeated or late, each with its reason.

The row in the database is the job and the message only a hint, so that nothing here can lose an order. These settings
see to it that hints arrive soon, that a repeated one is rare, and that no process hangs on a dead connection.
"""

from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_process_init, worker_ready
from kombu.entity import Exchange, Queue

from fulfillment import memory
from fulfillment.process import QUEUES
from fulfillment.settings import Settings
from workers import ready, step_times
from workers.beat import schedule

_Exchange: Any = Exchange  # kombu types only a part of itself
_Queue: Any = Queue

TIME_LIMIT_SECONDS = 120  # a set is done in a second; this ends what hangs. Below LEASE_SECONDS: else it runs twice

_REDIS_OPTIONS: dict[str, Any] = {
    "visibility_timeout": 900,  # a message that is older was lost with its worker. Far above the time limit of a task
    "unacked_restore_interval": 1,  # look for such messages every second ...
    "unacked_restore_throttle": 1,  # ... each time; the default looks every tenth time of every ten seconds
    "unacked_mutex_expire": 10,  # a worker killed while it looked blocks the others this long, not five minutes
    "socket_timeout": 10,  # the default waits for ever on a connection whose other end vanished
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,  # a consumer on a half-open connection finds out within half a minute
    "global_keyprefix": "fulfillment:",  # a database shared by mistake does not mix up queues
    "queue_order_strategy": "round_robin",  # a full queue does not starve the others
}
_RABBITMQ_OPTIONS: dict[str, Any] = {
    "confirm_publish": True,  # a publish that returned is in the queue
    "connect_timeout": 5,
    "read_timeout": 10,
    "write_timeout": 10,
}


def make_app(settings: Settings) -> Celery:
    """The app on the broker of these settings."""
    broker = settings.broker or "redis://127.0.0.1:6379/0"  # beside a test or a type check nobody connects
    rabbitmq = broker.startswith(("amqp", "pyamqp"))
    app = Celery("fulfillment", broker=broker)
    app.conf.update(
        imports=("workers.tasks",),
        beat_schedule=schedule(),
        timezone="UTC",
        broker_transport_options=_RABBITMQ_OPTIONS if rabbitmq else _REDIS_OPTIONS,
        visibility_timeout=_REDIS_OPTIONS["visibility_timeout"],  # Celery reads it here, the transport above
        broker_connection_retry_on_startup=True,  # processes may start in any order
        broker_connection_max_retries=None,  # and outlive any outage of the broker
        task_queues=[_queue(name, rabbitmq=rabbitmq) for name in QUEUES],
        task_create_missing_queues=False,  # a mistyped queue is an error, not a queue nobody reads
        task_default_queue=QUEUES[0],
        task_acks_late=True,  # a worker that dies has not acknowledged: the message comes again
        task_reject_on_worker_lost=False,  # a task that kills its process would come again for ever ...
        task_retry_on_worker_lost=True,  # ... so it is retried a bounded number of times
        task_time_limit=TIME_LIMIT_SECONDS,
        task_soft_time_limit=90,  # first an exception, so that the transaction is rolled back in order
        task_ignore_result=True,  # outcomes are in the database;
        result_backend=None,  # a result backend would only grow
        task_serializer="json",
        result_serializer="json",
        accept_content=["json"],  # never pickle: who reaches the broker could run code
        task_publish_retry=False,  # the relay sends again by itself, when the lease has run out
        worker_prefetch_multiplier=1,  # a process with a slow set does not sit on others
        worker_eta_task_limit=100,  # nothing of ours uses an ETA (`due_at` is a column); a guard for what would
        worker_soft_shutdown_timeout=25,  # on SIGQUIT a running set may finish
        worker_enable_soft_shutdown_on_idle=False,  # an idle worker holds nothing that its row does not know
        worker_cancel_long_running_tasks_on_connection_loss=True,  # its message comes again elsewhere: do not run twice
        worker_proc_alive_timeout=120,  # on a busy machine the usual 4 seconds kill each process before it is up, for ever
        worker_max_tasks_per_child=2_000,  # a leak ends with its process
        worker_max_memory_per_child=300_000,  # KiB
        worker_enable_remote_control=False,  # anyone at the broker could stop workers
        worker_send_task_events=False,
        worker_hijack_root_logger=False,  # our own log format
        worker_redirect_stdouts=False,
    )
    return app


def _queue(name: str, *, rabbitmq: bool) -> Any:
    """A queue and its own direct exchange, bound by its own name.

    Left out, Celery would bind every queue to one exchange by one key, and a message sent there would reach all.
    """
    return _Queue(
        name,
        exchange=_Exchange(name, type="direct"),
        routing_key=name,
        queue_arguments={"x-queue-type": "quorum"}
        if rabbitmq
        else None,  # copies on several nodes, where there are any
    )


app = make_app(Settings())


@worker_process_init.connect
def build_services(**_: object) -> None:
    """Each child of the worker opens connections of its own."""
    from workers.services import services

    services.cache_clear()  # what the parent had, if it had any, was copied by the fork: not ours to close
    step_times.keep_writing(services())
    memory.keep_what_is_loaded()


@worker_ready.connect
@beat_init.connect
def announce_ready(**_: object) -> None:
    """Tell who started this process."""
    ready.announce()
