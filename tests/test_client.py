"""`Client` against a real server on the loopback, with every fault that it may meet."""

from __future__ import annotations

import base64
import inspect
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.wandb_server import DEFAULT_KEY, WandbServer, faults
from tests.wandb_server.faults import Fault
from wslayout.errors import (
    AuthError,
    BadResponse,
    RateLimited,
    RequestRejected,
    ServerError,
    ServerUnreachable,
    UnknownField,
    WslayoutError,
)
from wslayout.wandb_api.auth import Login, Secret
from wslayout.wandb_api.client import ATTEMPTS, Client
from wslayout.wandb_api.pacing import asked_to_wait
from wslayout.wandb_api.queries import VIEWER
from wslayout.wandb_api.transport import Bounds
from wslayout.wandb_api.upstream import NeverSent, ServerFailed, TooSlow

NAME = "WslayoutViewer"
BASIC = base64.b64encode(f"api:{DEFAULT_KEY}".encode()).decode()


class FakeTime:
    """Time that only passes while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


def login_to(url: str, key: str = DEFAULT_KEY) -> Login:
    return Login(base_url=url, app_url=url, api_key=Secret(key))


def client_of(url: str, fake_time: FakeTime, **more: Any) -> Client:
    more = {"sleep": fake_time.sleep, "clock": fake_time.clock, "random": lambda: 0.5, **more}
    return Client(login_to(url), **more)


@pytest.fixture
def client(wandb_server: WandbServer, fake_time: FakeTime) -> Iterator[Client]:
    with client_of(wandb_server.url, fake_time) as client:
        yield client


def ask(client: Client, *, write: bool = False) -> dict[str, Any]:
    return client.execute(VIEWER, {}, operation=NAME, write=write)


def test_a_good_answer_and_what_is_sent_for_it(wandb_server: WandbServer, client: Client) -> None:
    assert ask(client)["viewer"]["username"] == "demo"
    [record] = wandb_server.requests
    assert record.headers["authorization"] == f"Basic {BASIC}"
    assert record.headers["user-agent"].startswith("wslayout/")
    assert record.headers["accept-encoding"] == "gzip"
    assert record.name == NAME


def test_netrc_does_not_overrule_the_login(
    wandb_server: WandbServer,
    client: Client,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login user password {'x' * 40}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    ask(client)
    assert wandb_server.requests[0].headers["authorization"] == f"Basic {BASIC}"


# -- retries ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_reads_are_tried_again_after_5xx(
    wandb_server: WandbServer, client: Client, fake_time: FakeTime, status: int
) -> None:
    wandb_server.fail(faults.status(status), times=2)
    assert ask(client)["viewer"]
    assert fake_time.slept == [1.0, 2.0]


@pytest.mark.parametrize("fault", [faults.cut_before(), faults.cut_after(), faults.cut_body()])
def test_reads_are_tried_again_after_a_broken_connection(
    wandb_server: WandbServer, client: Client, fault: Fault
) -> None:
    wandb_server.fail(fault, times=ATTEMPTS - 1)
    assert ask(client)["viewer"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.status(503), ServerFailed),
        (faults.cut_before(), ServerUnreachable),
        (faults.cut_after(), ServerUnreachable),
        (faults.cut_body(), ServerUnreachable),
    ],
)
def test_reads_are_given_up_after_a_few_attempts(
    wandb_server: WandbServer, client: Client, fault: Fault, error: type[ServerError]
) -> None:
    wandb_server.fail(fault, times=None)
    with pytest.raises(error, match=rf"“viewer” to 127\.0\.0\.1.*\({ATTEMPTS} attempts\)"):
        ask(client)
    assert len(wandb_server.requests) == ATTEMPTS


@pytest.mark.parametrize(
    "fault", [faults.status(500), faults.cut_before(), faults.cut_after(), faults.cut_body()]
)
def test_writes_are_never_sent_twice(
    wandb_server: WandbServer, client: Client, fault: Fault
) -> None:
    wandb_server.fail(fault, times=None)
    with pytest.raises(ServerUnreachable, match="whether it was carried out is not known"):
        ask(client, write=True)
    assert len(wandb_server.requests) == 1


def test_no_connection_is_said_and_tried_again_even_for_writes(fake_time: FakeTime) -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        port = unused.getsockname()[1]
        with (
            client_of(f"http://127.0.0.1:{port}", fake_time) as client,
            pytest.raises(NeverSent, match=r"no connection.*refused") as caught,
        ):
            ask(client, write=True)
    assert len(fake_time.slept) == 2
    assert "carried out" not in str(caught.value)
    assert "WANDB_BASE_URL" in caught.value.hint


# -- rate limits --------------------------------------------------------------------------------


def test_429_waits_exactly_the_reset_and_says_why(
    wandb_server: WandbServer, fake_time: FakeTime
) -> None:
    told: list[tuple[str, float]] = []
    wandb_server.fail(faults.rate_limited(reset=37))
    with client_of(
        wandb_server.url, fake_time, on_wait=lambda why, seconds: told.append((why, seconds))
    ) as client:
        ask(client, write=True)
    assert fake_time.slept == [37.0]
    assert told[0][1] == 37.0
    assert "rate limit of 127.0.0.1" in told[0][0]
    assert "429" in told[0][0]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"Retry-After": "12", "RateLimit-Reset": "3"}, 3.0),
        ({}, 5.0),
        ({"Retry-After": "soon"}, 5.0),
        ({"RateLimit-Reset": "-1"}, 5.0),
        ({"RateLimit-Reset": "nan"}, 5.0),
    ],
)
def test_429_waits_as_long_as_the_headers_say(
    wandb_server: WandbServer,
    client: Client,
    fake_time: FakeTime,
    headers: dict[str, str],
    seconds: float,
) -> None:
    wandb_server.fail(faults.rate_limited(reset=None) + faults.Headers(headers))
    ask(client)
    assert fake_time.slept == [seconds]


def test_a_date_to_wait_for_is_read_by_the_servers_own_clock() -> None:
    late, now = "Sun, 01 Jan 1995 00:01:30 GMT", "Sun, 01 Jan 1995 00:00:00 GMT"
    assert asked_to_wait({"Retry-After": late, "Date": now}) == 90.0
    assert asked_to_wait({"Retry-After": now, "Date": late}) == 0.0
    assert asked_to_wait({"Retry-After": late}) is None
    assert asked_to_wait({"Retry-After": late, "Date": "Sun, 01 Jan 1995"}) is None


def test_429_for_ever_stops_at_max_wait(wandb_server: WandbServer, fake_time: FakeTime) -> None:
    wandb_server.fail(faults.rate_limited(reset=40), times=None)
    with (
        client_of(wandb_server.url, fake_time, max_wait=100) as client,
        pytest.raises(RateLimited, match=r"resets in 40 s.*waited 80 s") as caught,
    ):
        ask(client)
    assert caught.value.reset_after == pytest.approx(40)
    assert caught.value.exit_code == 6
    assert fake_time.slept == [40.0, 40.0]


def test_nothing_remaining_delays_the_next_request_only(
    wandb_server: WandbServer, client: Client, fake_time: FakeTime
) -> None:
    wandb_server.fail(faults.limits(remaining=0, reset=9))
    ask(client)
    assert fake_time.slept == []
    ask(client)
    assert fake_time.slept == [9.0]


def test_the_pace_is_kept_where_limits_are_announced(
    wandb_server: WandbServer, client: Client, fake_time: FakeTime
) -> None:
    wandb_server.fail(faults.limits(remaining=900, reset=60), times=None)
    for _ in range(8):
        ask(client)
    assert fake_time.slept == [1.0, 1.0, 1.0]


def test_servers_without_limits_are_not_slowed(client: Client, fake_time: FakeTime) -> None:
    for _ in range(20):
        ask(client)
    assert fake_time.slept == []


# -- answers that are no data -------------------------------------------------------------------

LACKS = {
    "graphql-core": "Cannot query field 'nothing' on type 'Project'.",
    "argument": 'Unknown argument "viewName" on field "Project.allViews".',
    "type": 'Unknown type "DateTime".',
    "input": 'Field "lastUpdatedAt" is not defined by type "UpsertViewInput".',
    "graphql-go": 'Argument "input" has invalid value.\nIn field "x": Unknown field.',
}

FAILURES: dict[str, tuple[Fault, type[WslayoutError], str]] = {
    "401": (faults.unauthorized(), AuthError, "does not accept the API key"),
    "403": (faults.forbidden(), AuthError, "does not allow"),
    "bare 401": (faults.status(401), AuthError, "HTTP 401"),
    "404": (faults.status(404), BadResponse, "no W&B API"),
    "400": (faults.status(400, "no such\nthing"), RequestRejected, "HTTP 400: no such thing"),
    "413": (faults.status(413), RequestRejected, "HTTP 413"),
    "html": (faults.html(), BadResponse, "an HTML page"),
    "null": (faults.json_null(), BadResponse, "null, not an object"),
    "data null": (faults.data_null(), BadResponse, "no data"),
    "broken": (faults.broken_json(), BadResponse, "not JSON"),
    "deep": (faults.text("[" * 200_000), BadResponse, "not JSON"),
    "empty": (faults.text(""), BadResponse, "empty"),
    "list": (faults.text("[1]"), BadResponse, "a JSON list"),
    "binary": (faults.text(b"\xff\xfe\x00"), BadResponse, "not JSON"),
    "error": (faults.graphql_error("too bad", "SAD"), RequestRejected, "too bad"),
    "400 error": (faults.graphql_error("bad", http_status=400), RequestRejected, "bad"),
    "odd errors": (faults.text('{"errors":"why"}'), RequestRejected, "why"),
    "odd error": (faults.text('{"errors":[{"extensions":3}]}'), RequestRejected, "no reason"),
    "partial": (faults.partial_data("half"), RequestRejected, "half"),
    "not allowed": (faults.graphql_error("permission denied"), AuthError, "permission denied"),
    "forbidden code": (faults.graphql_error("no", "FORBIDDEN"), AuthError, "no"),
    **{
        f"lacks {name}": (faults.graphql_error(text, http_status=400), UnknownField, "not know")
        for name, text in LACKS.items()
    },
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_become_our_errors_at_once(
    wandb_server: WandbServer, client: Client, fake_time: FakeTime, name: str
) -> None:
    fault, error, text = FAILURES[name]
    wandb_server.fail(fault, times=None)
    with pytest.raises(error) as caught:
        ask(client)
    assert type(caught.value) is error
    assert text in str(caught.value)
    assert "viewer" in str(caught.value) or "127.0.0.1" in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    assert fake_time.slept == []


def test_the_servers_code_is_kept(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.fail(faults.graphql_error("too bad", "SAD"))
    with pytest.raises(RequestRejected) as caught:
        ask(client)
    assert caught.value.code == "SAD"


def test_a_field_that_the_schema_lacks(client: Client) -> None:
    with pytest.raises(UnknownField, match="nothing"):
        client.execute("query X { viewer { nothing } }", {}, operation="X")


# -- time and size ------------------------------------------------------------------------------


def test_silence_ends(wandb_server: WandbServer, fake_time: FakeTime) -> None:
    wandb_server.fail(faults.Delay(5), times=None)
    with (
        client_of(wandb_server.url, fake_time, bounds=Bounds(silence=0.1)) as client,
        pytest.raises(ServerUnreachable, match=r"no answer .* for 0.1 s"),
    ):
        ask(client, write=True)


def test_a_connection_that_went_silent_is_replaced_once(
    wandb_server: WandbServer, fake_time: FakeTime
) -> None:
    wandb_server.fail(faults.Delay(5))
    with client_of(wandb_server.url, fake_time, bounds=Bounds(silence=0.1)) as client:
        assert ask(client)["viewer"]
        wandb_server.fail(faults.Delay(5), times=None)
        with pytest.raises(ServerUnreachable, match="2 attempts"):
            ask(client)


def test_a_slow_drip_of_the_body_ends(wandb_server: WandbServer, fake_time: FakeTime) -> None:
    wandb_server.fail(faults.drip(pause=0.05), times=None)
    started = time.monotonic()
    with (
        client_of(wandb_server.url, fake_time, bounds=Bounds(total=0.3)) as client,
        pytest.raises(TooSlow, match=r"within 0.3 s"),
    ):
        ask(client)
    assert time.monotonic() - started < 3
    assert fake_time.slept == []


def test_a_slow_drip_of_the_headers_ends(fake_time: FakeTime) -> None:
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):  # the client hangs up
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not stop.wait(0.02):
                connection.sendall(b"x")

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with (
                client_of(url, fake_time, bounds=Bounds(total=0.3)) as client,
                pytest.raises(TooSlow),
            ):
                ask(client)
        finally:
            stop.set()
            thread.join()


def test_a_gzip_bomb_is_bounded(wandb_server: WandbServer, fake_time: FakeTime) -> None:
    wandb_server.fail(faults.gzip_bomb(50_000_000))
    with (
        client_of(wandb_server.url, fake_time, bounds=Bounds(max_bytes=1_000_000)) as client,
        pytest.raises(BadResponse, match="larger than 1,000,000 bytes"),
    ):
        ask(client)


def test_a_body_that_is_no_gzip(wandb_server: WandbServer, client: Client) -> None:
    wandb_server.fail(
        faults.text("hello hello hello") + faults.Headers({"Content-Encoding": "gzip"})
    )
    with pytest.raises(BadResponse, match=r"decompress|not JSON"):
        ask(client)


# -- the key ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_goes_to_no_other_host(
    wandb_server: WandbServer, client: Client, status: int
) -> None:
    with WandbServer() as other:
        wandb_server.fail(faults.redirect(f"{other.url}/graphql", status))
        with pytest.raises(ServerError, match=r"redirected .* key was not sent there"):
            ask(client)
        assert other.requests == []


def test_proxies_from_the_environment_are_used(
    wandb_server: WandbServer, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", wandb_server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    wandb_server.fail(faults.status(403), path="http://wandb.invalid/graphql", times=None)
    with (
        client_of("http://wandb.invalid", fake_time) as client,
        pytest.raises(AuthError, match=r"wandb\.invalid does not allow"),
    ):
        ask(client)
    assert wandb_server.requests[0].headers["host"] == "wandb.invalid"


def test_a_ca_bundle_that_is_missing_is_named(
    wandb_server: WandbServer, fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    url = wandb_server.url.replace("http://", "https://")
    with (
        client_of(url, fake_time) as client,
        pytest.raises(ServerError, match=r"/no/such/bundle.pem") as caught,
    ):
        ask(client)
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a server with a certificate that nobody signed, and that certificate."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    body = b'{"data":{"viewer":{"username":"demo"}}}'

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}", certificate
        server.shutdown()
        thread.join()


def test_certificates_come_from_requests_ca_bundle(
    tls: tuple[str, Path], fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, certificate = tls
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with (
        client_of(url, fake_time) as client,
        pytest.raises(ServerError, match=r"no secure connection.*self.signed") as caught,
    ):
        ask(client)
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint
    assert fake_time.slept == []
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with client_of(url, fake_time) as client:
        assert ask(client)["viewer"] == {"username": "demo"}


@pytest.mark.parametrize("name", [*FAILURES, "503", "429", "cut", "echo", "silence"])
def test_the_key_never_shows(wandb_server: WandbServer, fake_time: FakeTime, name: str) -> None:
    more = {
        "503": faults.status(503),
        "429": faults.rate_limited(reset=1000),
        "cut": faults.cut_before(),
        "echo": faults.graphql_error(f"you sent {DEFAULT_KEY} in {BASIC}"),
        "silence": faults.Delay(5),
    }
    wandb_server.fail(more[name] if name in more else FAILURES[name][0], times=None)
    with (
        client_of(wandb_server.url, fake_time, bounds=Bounds(silence=0.05)) as client,
        pytest.raises(WslayoutError) as caught,
    ):
        ask(client)
    error = caught.value
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [frame for frame in trace.stack if "wslayout" in frame.filename]
    assert ours
    assert [frame for frame in trace.stack if "site-packages" in frame.filename] == []
    shown = "".join(f"{frame.line} {frame.locals}" for frame in ours)
    shown += str(error) + repr(error) + error.hint + repr(client) + repr(client.login)
    assert DEFAULT_KEY not in shown
    assert BASIC not in shown
    assert error.__cause__ is None
    assert error.hint or isinstance(error, RequestRejected)


# -- nothing of requests gets out ---------------------------------------------------------------

UPSTREAM = [
    kind
    for _, kind in inspect.getmembers(requests.exceptions, inspect.isclass)
    if issubclass(kind, Exception) and not issubclass(kind, Warning)
]


@pytest.mark.parametrize("kind", UPSTREAM, ids=lambda kind: str(kind.__name__))
@pytest.mark.parametrize("write", [False, True])
def test_every_exception_of_requests_is_mapped(
    kind: type[Exception], write: bool, fake_time: FakeTime
) -> None:
    class Failing(requests.Session):
        def send(self, *args: Any, **kwargs: Any) -> Any:
            if issubclass(kind, json.JSONDecodeError):
                raise kind("bad", "doc", 0)
            raise kind("bad")

    session = Failing()
    with (
        client_of("http://127.0.0.1:9", fake_time, session=session) as client,
        pytest.raises(ServerError) as caught,
    ):
        ask(client, write=write)
    assert caught.value.hint
    assert "“viewer”" in str(caught.value)


def test_a_password_in_the_address_is_not_repeated(
    wandb_server: WandbServer, fake_time: FakeTime
) -> None:
    wandb_server.fail(faults.status(404))
    url = wandb_server.url.replace("http://", "http://me:secret@")
    with client_of(url, fake_time) as client, pytest.raises(BadResponse) as caught:
        ask(client)
    assert "secret" not in f"{caught.value} {caught.value.hint} {client!r}"


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "http://", "http://[x"])
def test_addresses_that_can_not_be_used(url: str, fake_time: FakeTime) -> None:
    with pytest.raises(ServerError, match="can't be sent"), client_of(url, fake_time) as client:
        ask(client)
