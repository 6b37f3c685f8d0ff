"""Faults of the network, the disk and the user, met by the command line: nothing is lost.

What a single request does about each fault is in ``test_client.py``.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import resource
import select
import signal
import socket
import socketserver
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import wslayout
from tests.commands import COMMAND, forked
from tests.conftest import WandbEnv, forget_wandb
from tests.keysets import inventory_of
from tests.test_client import BASIC, FakeTime, ask, client_of, login_to, tls
from tests.wandb_server import DEFAULT_KEY, KeyInfo, Run, WandbServer, faults
from tests.wandb_server.exchange import Response
from tests.wandb_server.faults import Fault
from wslayout.cli.main import run
from wslayout.errors import BadResponse, ServerError
from wslayout.files import write_file
from wslayout.here import backups_here
from wslayout.publish.backups import Backups, read_backup
from wslayout.wandb_api.client import Client
from wslayout.wandb_api.views import View

__all__ = ["tls"]  # a fixture

PROJECT = "demo/project"
HOME = str(Path(wslayout.__file__).parent)
LESS = ("train/loss", "val/loss", "train/acc", "grad/a")
MORE = (*LESS, "grad/b", "test/loss")


@pytest.fixture
def server(wandb_env: WandbEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WandbServer:
    """A server with one project; two layouts and a table of keys are in the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("less.json").write_text(layout_of(LESS), encoding="utf-8")
    Path("more.json").write_text(layout_of(MORE), encoding="utf-8")
    Path("keys.csv").write_text("key\n" + "\n".join(LESS) + "\n", encoding="utf-8")
    runs = [Run("run", keys={key: KeyInfo("number", count=9) for key in LESS})]
    wandb_env.server.add_project(PROJECT, runs=runs)
    return wandb_env.server


@cache
def layout_of(keys: tuple[str, ...]) -> str:
    return wslayout.plan(inventory_of(*keys)).to_json()


def apply(layout: str = "less.json") -> list[str]:
    return ["apply", layout, "--to", PROJECT]


def in_view(server: WandbServer) -> list[str]:
    """Which of the keys the only view draws; none where there is no view."""
    views = server.views(PROJECT)
    assert len(views) <= 1
    return [key for key in MORE if views and f'"{key}"' in views[0].spec]


def leftovers(folder: Path) -> list[str]:
    """What `write_file` leaves behind where it does not end as it should."""
    return [path.name for path in folder.rglob(".*.*") if path.is_file() and path.name != ".netrc"]


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}


# -- Ctrl-C -------------------------------------------------------------------------------------

WHILE_LOADING = """
import os, sys

module, way = sys.argv.pop(1), sys.argv.pop(1)

class Dying:
    def __del__(self):  # which raises nothing
        os.kill(os.getpid(), 2)
        sum(range(100))

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            exec(way)  # as code that is generated: Python remembers that

sys.meta_path.insert(0, Interrupt())
from wslayout.__main__ import main
main()
"""


@pytest.mark.parametrize("way", ["os.kill(os.getpid(), 2)", "Dying()"])
@pytest.mark.parametrize("module", ["wslayout.cli.main", "click", "pandas"])
def test_an_interrupt_while_modules_are_loaded(server: WandbServer, module: str, way: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WHILE_LOADING, module, way, "plan", "keys.csv"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr.strip()) == (5, "Cancelled.")


@contextmanager
def interrupt_at(number: int, *, within: str) -> Iterator[list[str]]:
    """Ctrl-C at the ``number``-th line that runs of a file of ours; gives where it struck."""
    file = str(Path(HOME) / within)
    struck: list[str] = []
    count = 0

    def trace(frame: FrameType, what: str, _: object) -> Any:
        nonlocal count
        if frame.f_code.co_filename != file or struck:
            return None
        count += what == "line"
        if count == number:
            struck.append(f"{frame.f_code.co_name}, line {frame.f_lineno}")
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield struck
    finally:
        sys.settrace(before)


def interrupted_everywhere(
    work: Callable[[], object], check: Callable[[str], None], *, within: str = "files.py"
) -> int:
    """Interrupt some work at each of its lines in a file of ours; how many there were."""
    for number in range(1, 1000):
        with interrupt_at(number, within=within) as struck, suppress(KeyboardInterrupt):
            work()
        if not struck:
            return number - 1
        check(struck[0])
    raise AssertionError("it never ends")


# What an interrupt leaves to the garbage collector, the end of the process closes.
left_open = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@left_open
def test_an_interrupted_file_is_as_before_or_whole(tmp_path: Path) -> None:
    file, other = tmp_path / "file.json", tmp_path / "other.json"
    old, new = "old " * 10_000, "new " * 10_000
    file.write_text(old)

    def check(where: str) -> None:
        assert file.read_text() in (old, new), where
        assert not other.exists() or other.read_text() == new, where
        assert leftovers(tmp_path) == [], where
        file.write_text(old)
        other.unlink(missing_ok=True)

    assert interrupted_everywhere(lambda: write_file(file, new), check) > 15
    assert interrupted_everywhere(lambda: write_file(other, new, new=True), check) > 15


@left_open
def test_an_interrupted_backup_is_whole_or_none(tmp_path: Path) -> None:
    backups = Backups(folder=tmp_path, most=3)
    number = 0

    def keep() -> None:
        nonlocal number
        number += 1
        view = View(id="v", name="nw-abc-v", display_name="v", spec=str(number))
        backups.keep("http://127.0.0.1", "demo", "project", view)

    def check(where: str) -> None:
        files = sorted(tmp_path.rglob("*.json"))
        assert [read_backup(path) for path in files], where
        assert leftovers(tmp_path) == [], where
        for path in files[:-2]:  # which an interrupt may leave for the next time
            path.unlink()

    keep()
    assert interrupted_everywhere(keep, check) > 15
    assert interrupted_everywhere(keep, check, within="publish/backups.py") > 15
    keep()
    assert len(list(tmp_path.rglob("*.json"))) == backups.most


POINTS = {
    "publish/apply.py": (1, 16, 32, 44, 56, 68),
    "wandb_api/client.py": (20, 90),
    "cli/commands.py": (10, 24, 36),
    "display/difference.py": (4,),
}


@left_open
@pytest.mark.parametrize(("file", "number"), [(f, n) for f, all_ in POINTS.items() for n in all_])
def test_an_interrupted_apply_can_be_repeated(
    server: WandbServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, number: int
) -> None:
    assert run(apply()) == 0
    with interrupt_at(number, within=file) as struck:
        code = run(apply("more.json"))
    assert struck
    assert code == 5
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "Cancelled" in said
    assert "nothing was saved" not in said
    assert in_view(server) in ([*LESS], [*MORE]), struck
    assert leftovers(tmp_path) == []
    assert run(apply("more.json")) == 0
    assert in_view(server) == [*MORE]


def test_an_interrupt_at_the_end_is_no_traceback() -> None:
    """Python takes a while to end itself, once all is done and said."""
    with subprocess.Popen(
        [*COMMAND, "schema"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert "}\n" in iter(child.stdout.readline, "")
        child.send_signal(signal.SIGINT)
        said = child.stderr.read()
    assert (child.returncode, said.strip()) in ((0, ""), (5, "Cancelled."))


# -- SIGKILL ------------------------------------------------------------------------------------

NEVER_DONE = faults.Delay(30) + faults.cut_before()
DONE = faults.drip(chunk=1, pause=30)


def rename_section(server: WandbServer) -> None:
    """What somebody does in a browser."""
    (view,) = server.views(PROJECT)
    spec = json.loads(view.spec)
    spec["section"]["panelBankConfig"]["sections"][0]["name"] = "By hand"
    view.spec = json.dumps(spec)
    server.world.touch(view)


def killed(server: WandbServer, fault: Fault, layout: str, **where: Any) -> None:
    """Apply, and kill it while the server holds its answer back."""
    held = server.fail(fault, **where)
    with forked(*apply(layout)) as child:
        for _ in range(600):
            if held.struck or not child.is_alive():
                break
            time.sleep(0.02)
        time.sleep(0.1)  # so that what is carried out is
        child.kill()
        child.join(20)
        assert child.exitcode == -signal.SIGKILL
    assert held.struck == 1
    server.heal()


@pytest.mark.parametrize(
    ("fault", "outcome"), [(NEVER_DONE, "Created"), (DONE, "Unchanged")], ids=["before", "after"]
)
def test_apply_after_a_killed_creation(
    server: WandbServer, capsys: pytest.CaptureFixture[str], fault: Fault, outcome: str
) -> None:
    killed(server, fault, "less.json", kind="mutation")
    assert in_view(server) == ([*LESS] if outcome == "Unchanged" else [])
    assert run(apply()) == 0
    assert f"{outcome}: wslayout" in capsys.readouterr().out
    assert in_view(server) == [*LESS]


@pytest.mark.parametrize(
    ("fault", "where", "outcome"),
    [
        (NEVER_DONE, {"operation": "WslayoutGetView"}, "Updated"),
        (NEVER_DONE, {"kind": "mutation"}, "Updated"),
        (DONE, {"kind": "mutation"}, "Unchanged"),
        (DONE, {"operation": "WslayoutGetView", "skip": 1}, "Unchanged"),
    ],
    ids=["reading", "before", "after", "reading back"],
)
def test_apply_after_a_killed_update(
    server: WandbServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fault: Fault,
    where: dict[str, Any],
    outcome: str,
) -> None:
    assert run(apply()) == 0
    rename_section(server)
    killed(server, fault, "more.json", **where)
    assert in_view(server) == ([*LESS] if outcome == "Updated" else [*MORE])
    assert run(apply("more.json")) == 0
    assert f"{outcome}: wslayout" in capsys.readouterr().out
    assert in_view(server) == [*MORE]
    assert '"By hand"' in server.views(PROJECT)[0].spec
    assert leftovers(tmp_path) == []


# -- the disk -----------------------------------------------------------------------------------


@contextmanager
def full_disk(room: int = 1000) -> Iterator[None]:
    """No file may grow beyond ``room`` bytes, as where a quota or the disk ends."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_and_a_backup(
    server: WandbServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(apply()) == 0
    before = server.views(PROJECT)[0].spec
    with full_disk():
        assert run(apply("more.json")) == 2
    said = capsys.readouterr().err
    assert "can't be backed up, so nothing was written" in said
    assert "XDG_DATA_HOME" in said
    assert server.views(PROJECT)[0].spec == before
    assert leftovers(tmp_path) == []
    assert wslayout.backups(PROJECT) == []
    assert run(apply("more.json")) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "keys.csv", "-o", "out.json"],
        ["keys", "long.csv", "-o", "out.json"],
        ["apply", "keys.csv", "--spec", "out.json"],
        ["preview", "keys.csv", "-o", "out.json"],
    ],
    ids=" ".join,
)
def test_a_full_disk_and_an_output(
    server: WandbServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    Path("long.csv").write_text("key\n" + "\n".join(f"train/{n}" for n in range(500)))
    Path("out.json").write_text("old")
    with full_disk():
        assert run(arguments) == 2
    assert "can't write out.json: File too large" in capsys.readouterr().err
    assert Path("out.json").read_text() == "old"
    assert leftovers(tmp_path) == []


def test_a_device_that_is_full(server: WandbServer, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["apply", "keys.csv", "--spec"], ["schema", "-o"]):
        assert run([*arguments, "/dev/full"]) == 2
        assert "can't write /dev/full: No space left on device" in capsys.readouterr().err


def test_folders_that_can_only_be_read(server: WandbServer, wandb_env: WandbEnv) -> None:
    assert run(apply()) == 0
    data = wandb_env.home / "xdg-data"
    data.mkdir(exist_ok=True)
    out = Path("out")
    out.mkdir()
    for folder in (data, out):
        folder.chmod(0o500)
    for arguments, said in (
        (apply("more.json"), "can't be backed up, so nothing was written"),
        (["schema", "-o", "out/schema.json"], "can't write out/schema.json"),
        (["schema", "-o", "out/deep/schema.json"], "can't write out/deep/schema.json"),
    ):
        with forked(*arguments, bound=True) as child:
            child.join(20)
            assert child.exitcode == 2
        error = Path("said").read_text()
        assert f"{said}" in error
        assert "Permission denied" in error
        assert "Traceback" not in error
    assert in_view(server) == [*LESS]


@pytest.mark.parametrize("folder", ["keys.csv/deep", "/proc/nowhere", "/dev/null/x"])
def test_folders_that_can_not_be_made(
    server: WandbServer, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    for arguments in (
        ["plan", "keys.csv", "-o", f"{folder}/layout.json"],
        ["init", PROJECT, "-o", f"{folder}/wslayout.yaml"],
        ["demo", f"{folder}/demo"],
    ):
        assert run(arguments) == 2
        assert "Traceback" not in capsys.readouterr().err


TWO = """
import sys
from pathlib import Path
from wslayout.publish.backups import Backups
from wslayout.wandb_api.views import View

for number in range(40):
    view = View(id="v", name="nw-abc-v", display_name="v", spec=f"{sys.argv[1]} {number}")
    Backups(folder=Path("kept"), most=5).keep("http://127.0.0.1", "demo", "project", view)
"""


def test_two_processes_keep_backups(tmp_path: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", TWO, name], cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        for name in ("one", "other")
    ]
    assert [child.communicate(timeout=60)[1] for child in both] == ["", ""]
    kept = Backups(folder=tmp_path / "kept").of_project("http://127.0.0.1", "demo", "project")
    assert 5 <= len(kept) <= 6
    assert leftovers(tmp_path) == []


# -- who may read what --------------------------------------------------------------------------


@pytest.fixture
def lax_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("lax_umask")
def test_backups_are_for_the_user_alone(server: WandbServer, wandb_env: WandbEnv) -> None:
    assert run(apply()) == 0
    assert run(apply("more.json")) == 0
    folder = backups_here().folder
    assert modes(folder) == {0o600}
    within = [folder.parent, folder, *(path for path in folder.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in within} == {0o700}


@pytest.mark.usefixtures("lax_umask")
def test_what_somebody_names_follows_the_umask(server: WandbServer) -> None:
    assert run(["plan", "keys.csv", "-o", "out/open.json"]) == 0
    os.umask(0o077)
    assert run(["plan", "keys.csv", "-o", "out/closed.json"]) == 0
    assert stat.S_IMODE(Path("out").stat().st_mode) == 0o755
    assert stat.S_IMODE(Path("out/open.json").stat().st_mode) == 0o644
    assert stat.S_IMODE(Path("out/closed.json").stat().st_mode) == 0o600


@pytest.mark.usefixtures("lax_umask")
def test_a_private_file_is_never_open_while_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch(mode=0o600)
    seen: set[int] = set()

    def trace(frame: FrameType, *_: object) -> Any:
        if frame.f_code.co_filename.endswith("files.py"):
            seen.update(modes(tmp_path))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        write_file(tmp_path / "file", "secret")
    finally:
        sys.settrace(before)
    assert seen == {0o600}


# -- the network --------------------------------------------------------------------------------


def test_why_it_waits_is_said(server: WandbServer, capsys: pytest.CaptureFixture[str]) -> None:
    server.fail(faults.rate_limited(reset=1.2))
    began = time.monotonic()
    assert run(["keys", PROJECT]) == 0
    assert time.monotonic() - began > 1.2
    host = server.url.removeprefix("http://")
    assert f"Waiting 1 s: rate limit of {host} (HTTP 429)" in capsys.readouterr().err


def test_limits_that_are_not_lifted(
    server: WandbServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(apply()) == 0
    for fault in (faults.rate_limited(reset=40), faults.rate_limited(None, retry_after=40)):
        server.fail(fault, times=None)
        for arguments in (["keys", PROJECT], apply("more.json"), ["view", "list", PROJECT]):
            assert run([*arguments, "--max-wait", "5"]) == 6
            assert "resets in 40 s" in capsys.readouterr().err
        server.heal()
    # A write that is refused was not done, and is said to be safe to repeat.
    server.fail(faults.rate_limited(reset=40), kind="mutation", times=None)
    assert run([*apply("more.json"), "--max-wait", "5"]) == 6
    assert in_view(server) == [*LESS]


TURNED_AWAY = {
    "401": (faults.unauthorized(), 3),
    "403": (faults.forbidden(), 3),
    "expired": (faults.graphql_error("relogin required, session expired"), 3),
    "html": (faults.html(), 6),
    "error": (faults.graphql_error(f"you sent {DEFAULT_KEY} in {BASIC}"), 6),
    "500": (faults.status(500), 6),
    "cut": (faults.cut_before(), 6),
}


@pytest.mark.parametrize("name", TURNED_AWAY)
def test_turned_away_in_the_middle_of_an_apply(
    server: WandbServer, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    fault, code = TURNED_AWAY[name]
    assert run(apply()) == 0
    before = server.views(PROJECT)[0].spec
    server.fail(fault, kind="mutation", times=None)
    assert run(["--debug", *apply("more.json")]) == code
    assert server.views(PROJECT)[0].spec == before
    out, err = capfd.readouterr()
    assert "has a bug" not in err
    assert DEFAULT_KEY not in out + err
    assert BASIC not in out + err
    server.heal()
    assert run(apply("more.json")) == 0
    assert in_view(server) == [*MORE]


@pytest.mark.parametrize("fault", [faults.unauthorized(), faults.forbidden()], ids=["401", "403"])
def test_turned_away_in_the_middle_of_a_regeneration(
    server: WandbServer, capsys: pytest.CaptureFixture[str], fault: Fault
) -> None:
    views = "".join(f"- {{project: {PROJECT}, name: {name}}}\n" for name in ("One", "Two"))
    Path("wslayout.yaml").write_text(f"targets:\n{views}", encoding="utf-8")
    server.fail(fault, kind="mutation", skip=1, times=None)
    assert run(["regenerate"]) == 4
    assert [view.display_name for view in server.views(PROJECT)] == ["One"]
    server.heal()
    assert run(["regenerate"]) == 0
    assert [view.display_name for view in server.views(PROJECT)] == ["One", "Two"]
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert DEFAULT_KEY not in out + err


@pytest.mark.parametrize("kind", ["query", "mutation"])
def test_no_command_follows_a_redirect(
    server: WandbServer, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    assert run(apply()) == 0
    with WandbServer() as other:
        server.fail(faults.redirect(f"{other.url}/graphql"), kind=kind, times=None)
        assert run(apply("more.json")) == 6
        assert other.requests == []
    assert "the API key was not sent there" in capsys.readouterr().err
    assert in_view(server) == [*LESS]


@pytest.mark.parametrize("packing", ["gzip, gzip", "deflate", "br", "zstd", "GZIP,gzip"])
def test_answers_packed_as_nobody_asked_for(wandb_server: WandbServer, packing: str) -> None:
    bomb = gzip.compress(gzip.compress(bytes(1 << 24)))
    headers = {"Content-Type": "application/json", "Content-Encoding": packing}
    wandb_server.fail(faults.Answer(Response(200, bomb, headers, packed=True)), times=None)
    with (
        client_of(wandb_server.url, FakeTime()) as client,
        pytest.raises(BadResponse, match="which nobody asked for"),
    ):
        ask(client)


# -- proxies ------------------------------------------------------------------------------------


class Proxy(socketserver.ThreadingTCPServer):
    """Lets tunnels through to the loopback, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Tunnel)

    @property
    def url(self) -> str:
        return f"http://me:s3cret@127.0.0.1:{self.server_address[1]}"


class _Tunnel(socketserver.BaseRequestHandler):
    server: Proxy

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(65_536)
        self.server.asked.append(head)
        port = int(head.split()[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as behind:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._pass_on(behind)

    def _pass_on(self, behind: socket.socket) -> None:
        other = {self.request: behind, behind: self.request}
        while True:
            for ready in select.select(list(other), [], [])[0]:
                data = ready.recv(65_536)
                if not data:
                    return
                other[ready].sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no proxy and no certificates."""
    for name in list(os.environ):
        if name.lower().endswith(("_proxy", "_ca_bundle")):
            monkeypatch.delenv(name)
    return monkeypatch


def test_a_tunnel_sees_no_key(
    tls: tuple[str, Path],
    proxy: Proxy,
    bare: pytest.MonkeyPatch,
) -> None:
    url, certificate = tls
    bare.setenv("HTTPS_PROXY", proxy.url)
    bare.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Client(login_to(url)) as client:
        assert ask(client)["viewer"] == {"username": "demo"}
    (head,) = proxy.asked
    assert head.startswith(f"CONNECT {url.removeprefix('https://')} ".encode())
    assert base64.b64encode(b"me:s3cret") in head
    assert DEFAULT_KEY.encode() not in head
    assert BASIC.encode() not in head


def test_who_needs_no_proxy_is_asked_directly(
    tls: tuple[str, Path],
    proxy: Proxy,
    bare: pytest.MonkeyPatch,
) -> None:
    url, certificate = tls
    bare.setenv("HTTPS_PROXY", proxy.url)
    bare.setenv("NO_PROXY", "127.0.0.1")
    bare.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Client(login_to(url)) as client:
        assert ask(client)["viewer"]
    assert proxy.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "http://me:s3cret@",
        "http://me:s3cret@[x",
        "ftp://me:s3cret@127.0.0.1:1",
        "me:s3cret@127.0.0.1:1",
        "http://me:s3cret@127.0.0.1:99999",
        "http://me:s3cret@127.0.0.1:1",
        "http://me:s3cret@127.0.0.1:x",
    ],
)
def test_a_proxy_that_is_none_keeps_its_password(bare: pytest.MonkeyPatch, address: str) -> None:
    bare.setenv("HTTP_PROXY", address)
    bare.setenv("http_proxy", address)
    with (
        client_of("http://wandb.invalid", FakeTime()) as client,
        pytest.raises(ServerError) as caught,
    ):
        ask(client)
    assert "prox" in f"{caught.value} {caught.value.hint}".lower()
    assert "s3cret" not in f"{caught.value!r} {caught.value.hint}"


# -- the key ------------------------------------------------------------------------------------


def test_the_key_and_passwords_are_in_no_output_and_no_file(
    server: WandbServer,
    wandb_env: WandbEnv,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    wandb_env.monkeypatch.setenv("WANDB_BASE_URL", server.url.replace("//", "//me:s3cret@"))
    forget_wandb()
    echo = faults.graphql_error(f"you sent {DEFAULT_KEY} in {BASIC}")
    for arguments, code in (
        (apply(), 0),
        (apply("more.json"), 0),
        (["plan", PROJECT, "-o", "planned.json"], 0),
        (["preview", PROJECT, "-o", "page.html"], 0),
        (["audit", PROJECT, "--json"], 1),
        (["init", PROJECT], 0),
        (["regenerate", "--json"], 0),
        (["view", "list", PROJECT, "--json"], 0),
        (["view", "backups", PROJECT, "--json"], 0),
        (["view", "pull", f"{server.url}/{PROJECT}?nw=none"], 2),
        (["apply", "demo/none"], 2),
    ):
        assert run(["--debug", *arguments]) == code, arguments
    server.fail(echo, times=None)
    assert run(["--debug", *apply()]) == 6
    server.heal()
    wandb_env.monkeypatch.delenv("WANDB_API_KEY")
    assert run(["--debug", *apply()]) in (2, 3)
    shown = "".join(capfd.readouterr()) + caplog.text
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    for secret in (DEFAULT_KEY, BASIC, "s3cret"):
        assert secret not in shown
        assert [path for path in files if secret.encode() in path.read_bytes()] == []
        assert [path for path in files if secret in str(path)] == []


def test_no_object_shows_the_key() -> None:
    login = login_to("http://127.0.0.1")
    with Client(login) as client:
        shown = f"{login} {login!r} {client} {client!r} {vars(client)}"
        shown += f"{vars(client._transport)} {[login.api_key]} {(login,)}"
    assert DEFAULT_KEY not in shown
    assert BASIC not in shown
