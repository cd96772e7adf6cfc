"""A broker for machines without Redis: fakeredis, served over TCP in a process of its own. It forgets all when it ends."""

import signal
import threading

import click
from fakeredis import TcpFakeServer
from fakeredis._clients._tcp_server import TCPFakeRequestHandler


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65_535), required=True, help="Port of the loopback address to listen on."
)
def main(port: int) -> None:
    """Serve the Redis protocol until told to stop."""
    # Each pipelined reply is a small packet of its own; with Nagle's algorithm the next one waits for the last one's
    # acknowledgement, and the broker carries a twelfth of the messages.
    TCPFakeRequestHandler.disable_nagle_algorithm = True
    server = TcpFakeServer(("127.0.0.1", port))
    server.daemon_threads = True  # a client that keeps its connection open must not keep us alive
    server.block_on_close = False
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: threading.Thread(target=server.shutdown).start())
    click.echo(f"fakeredis is the broker, on port {port}")
    with server:
        server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
