"""Clients that are slow, rude or many, and a server that is asked to end meanwhile."""

import json
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

PATH = "/api/v1/recommendations"


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def wait_for_active(server, n):
    """Until n requests are under way, the one that asks among them."""
    for _ in range(500):
        if f"\nbutaca_http_requests_active {n}\n" in server.get("/metrics").text:
            return
        time.sleep(0.02)
    raise AssertionError(f"there were never {n} requests under way")


def read_all(connection):
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def body_of(film):
    return json.dumps({"profile": [{"film_id": film, "verdict": "like"}], "limit": 10, "explain": True}).encode()


def head_of(body, more=b""):
    return (b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
            + str(len(body)).encode() + b"\r\n" + more + b"\r\n")


def test_half_a_header_keeps_nobody_waiting(server, demo_folder):
    one = server(demo_folder)
    slow = [connect(one) for _ in range(50)]
    for connection in slow:
        connection.sendall(b"GET /api/v1/films HTTP/1.1\r\nHo")
    assert one.get("/api/v1/films").status == 200
    wait_for_active(one, 1)  # half a header is no request, which an end would wait for
    for connection in slow:
        connection.close()


def test_a_body_may_come_a_byte_at_a_time(demo):
    body = body_of(1)
    with connect(demo) as connection:
        connection.sendall(head_of(body, b"Connection: close\r\n"))
        for byte in body:
            connection.sendall(bytes([byte]))
        reply = read_all(connection)
    assert reply.startswith(b"HTTP/1.1 200 ") and reply.endswith(demo.request(
        "POST", PATH, body=body, headers={"Content-Type": "application/json"}).body)


def test_chunked_bodies(demo):
    body = body_of(1)
    chunks = b"".join(b"%x\r\n%b\r\n" % (1, body[i:i + 1]) for i in range(len(body))) + b"0\r\n\r\n"
    with connect(demo) as connection:
        connection.sendall(b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks)
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_an_endless_chunked_body_ends(demo):
    with connect(demo) as connection:
        connection.sendall(b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        with pytest.raises(OSError):
            for _ in range(10000):  # 640 MiB
                connection.sendall(chunk)
    assert demo.get("/healthz").status == 200


def test_pipelined_requests_are_answered_in_turn_and_garbage_ends_it(demo):
    with connect(demo) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /api/v1/films/1 HTTP/1.1\r\nHost: x\r\n\r\n"
                           b"garbage\xff\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        reply = read_all(connection)
    assert reply.count(b"HTTP/1.1 200 ") == 2
    assert reply.index(b'{"status":"ok"}') < reply.index(b'"title"')
    assert demo.get("/healthz").status == 200


@pytest.mark.parametrize("junk", [b"\r\n" * 1000, b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 100000,
                                  b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000, b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                                  b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n"], ids=lambda junk: repr(junk[:24]))
def test_junk(demo, junk):
    with connect(demo) as connection:
        try:
            connection.sendall(junk)
            connection.shutdown(socket.SHUT_WR)
            read_all(connection)
        except OSError:
            pass  # closed on us
    assert demo.get("/healthz").status == 200


def test_200_at_once(demo):
    """Every one of them gets the same answer as alone."""
    requests = [("GET", "/api/v1/films?text=a"), ("GET", "/api/v1/films/1"), ("GET", "/api/v1/films/2/similar"),
                ("POST", PATH, 1), ("POST", PATH, 2), ("GET", "/api/v1/about"), ("GET", "/readyz"), ("GET", "/")]

    def ask(request):
        method, path, *film = request
        if film:
            reply = demo.request(method, path, body=body_of(film[0]), headers={"Content-Type": "application/json"})
        else:
            reply = demo.request(method, path)
        return reply.status, reply.body

    alone = [ask(request) for request in requests]
    assert all(status == 200 for status, _ in alone)
    together = threading.Barrier(200)

    def one(i):
        together.wait()
        return ask(requests[i % len(requests)])

    with ThreadPoolExecutor(200) as pool:
        for i, answer in enumerate(pool.map(one, range(200))):
            assert answer == alone[i % len(requests)]


def test_clients_that_leave_before_their_answer(demo):
    for _ in range(100):
        with connect(demo) as connection:
            connection.sendall(b"GET /api/v1/films?limit=100 HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # a reset
    assert demo.get("/readyz").status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_finished(server, demo_folder, number):
    one = server(demo_folder)
    body = body_of(1)
    with connect(one) as connection, connect(one) as idle:
        idle.sendall(b"GET /heal")  # not a request yet: it doesn't hold the end up
        connection.sendall(head_of(body) + body[:20])
        wait_for_active(one, 2)
        one.process.send_signal(number)
        with pytest.raises(OSError):  # the listener is gone, the process isn't
            while True:
                one.get("/healthz")
                time.sleep(0.02)
        assert one.process.poll() is None
        connection.sendall(body[20:])
        reply = read_all(connection)
    assert reply.startswith(b"HTTP/1.1 200 ") and b"Connection: close" in reply and reply.endswith(b"}")
    assert one.process.wait(20) == 0


def test_a_request_that_never_ends_does_not_hold_up_the_end(server, demo_folder):
    one = server(demo_folder)
    with connect(one) as connection:
        connection.sendall(head_of(body_of(1)) + b"{")
        wait_for_active(one, 2)
        assert one.stop(timeout=20) == 0


def test_ending_under_load(server, demo_folder):
    """Whatever was answered was answered whole; the process ends with 0."""
    one = server(demo_folder)
    answered, broken, ending = [], [], threading.Event()

    def client(i):
        while not ending.is_set():
            try:
                with connect(one) as connection:
                    connection.sendall(b"GET /api/v1/films?limit=50 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    data = read_all(connection)
            except OSError:
                continue
            if not data:
                continue
            head, _, body = data.partition(b"\r\n\r\n")
            (answered if head.startswith(b"HTTP/1.1 200") and json.loads(body)["total"] == 500 else broken).append(i)

    clients = [threading.Thread(target=client, args=(i,)) for i in range(20)]
    for thread in clients:
        thread.start()
    time.sleep(0.7)
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(20) == 0
    ending.set()
    for thread in clients:
        thread.join()
    assert len(answered) > 20 and not broken


def late(server, n):
    """What n requests for films and one for /healthz get, all of which lay in their sockets for a while: {status: how often}, status."""
    crowd = [connect(server) for _ in range(n + 1)]
    try:
        for connection in crowd:  # all of them are open for the server, too
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        server.process.send_signal(signal.SIGSTOP)
        for connection in crowd[1:]:
            connection.sendall(b"GET /api/v1/films/1 HTTP/1.1\r\nHost: x\r\n\r\n")
        crowd[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        server.process.send_signal(signal.SIGCONT)
        health, *replies = [connection.recv(65536) for connection in crowd]
        again = []
        for connection in crowd[1:4]:  # who comes in time is answered, on the same connections
            connection.sendall(b"GET /api/v1/films/1 HTTP/1.1\r\nHost: x\r\n\r\n")
            again.append(connection.recv(65536)[9:12])
        return replies, health, again
    finally:
        for connection in crowd:
            connection.close()


def test_of_a_crowd_those_who_waited_too_long_are_refused_at_once(server, demo_folder):
    replies, health, _ = late(server(demo_folder), 300)
    assert all(reply.startswith(b"HTTP/1.1 503") and b"\r\nRetry-After: 1\r\n" in reply and b"#busy" in reply for reply in replies)
    assert health.startswith(b"HTTP/1.1 200"), "who looks after it is answered"


def test_without_a_crowd_a_pause_refuses_nobody(server, demo_folder):
    replies, _, again = late(server(demo_folder), 100)
    assert all(reply.startswith(b"HTTP/1.1 200") for reply in [*replies]) and again == [b"200"] * 3
