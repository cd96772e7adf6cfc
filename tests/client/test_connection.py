"""The lean connection, against a server that answers, hangs up and answers in pieces."""

import json
import socket
import threading

import pytest

from fulfillment.client.connection import Answer, Connection, Disconnected


@pytest.fixture
def server():
    """A server that plays a script: one list of answers per connection, after which it hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)
    heard = []

    def serve(script):
        for answers in script:
            connection, _ = listener.accept()
            with connection:
                for answer in answers:
                    heard.append(_request(connection))
                    for part in answer:
                        connection.sendall(part)

    def start(*script):
        thread = threading.Thread(target=serve, args=(script,), daemon=True)
        thread.start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}", heard

    yield start
    listener.close()


def _request(connection):
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, body = received.split(b"\r\n\r\n", 1)
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    while len(body) < int(fields.get("Content-Length", 0)):
        body += connection.recv(65536)
    return head.decode().split("\r\n")[0], fields, body


def _answer(status, body):
    content = json.dumps(body).encode()
    return b"HTTP/1.1 %d Said\r\ncontent-length: %d\r\n\r\n%s" % (status, len(content), content)


def test_sends_several_requests_over_one_connection(server):
    url, heard = server([[_answer(200, {"a": 1})], [_answer(202, {"b": 2})]])
    with Connection(url, "secret") as api:
        assert api.get("/v1/a").expect(200) == {"a": 1}
        assert api.post("/v1/b", {"x": 1}, key="k1", wait=5).expect(202) == {"b": 2}
    (get, get_fields, _), (post, post_fields, body) = heard
    assert (get, post) == ("GET /v1/a HTTP/1.1", "POST /v1/b HTTP/1.1")
    assert get_fields["Authorization"] == "Bearer secret"
    assert (post_fields["Idempotency-Key"], post_fields["Prefer"], body) == ("k1", "wait=5", b'{"x":1}')


def test_puts_an_answer_together_that_comes_in_pieces(server):
    whole = _answer(200, {"long": "x" * 1000})
    url, _ = server([[whole[:10], whole[10:60], whole[60:]]])
    with Connection(url, "secret") as api:
        assert api.get("/").json == {"long": "x" * 1000}


def test_sends_again_under_the_same_key_where_a_kept_connection_was_closed(server):
    url, heard = server([[_answer(200, {})], []], [[_answer(202, {"n": 1})]])
    with Connection(url, "secret") as api:
        api.get("/")
        assert api.post("/v1/x", {}, key="k").status == 202
    assert {fields["Idempotency-Key"] for line, fields, _ in heard if line.startswith("POST")} == {"k"}


def test_a_first_request_that_is_cut_off_is_the_callers_to_repeat(server):
    url, heard = server([[b"HTTP/1.1 200"]])
    with Connection(url, "secret") as api, pytest.raises(Disconnected):
        api.get("/")
    assert len(heard) == 1


def test_an_unexpected_status_is_told_with_the_beginning_of_the_answer():
    with pytest.raises(RuntimeError, match=r"expected \(200,\), got 409: no"):
        Answer(409, b"no").expect(200)
