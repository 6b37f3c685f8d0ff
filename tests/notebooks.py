"""Runs the notebooks and writes their outputs anew: ``make notebooks``.

Each runs in a kernel of its own, in a temporary folder, with an empty home and no login but that of
a loopback server, where it needs one.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from tests.wandb_server import WandbServer

ROOT: Final = Path(__file__).parent.parent
NOTEBOOKS: Final = sorted((ROOT / "notebooks").glob("*.ipynb"))

WITH_A_SERVER: Final = ("regenerate", "team-presets")
"""The notebooks that write to a project; the others must do without a login."""

SHOWN_URL: Final = "http://localhost:8080"
"""What stands in outputs for the address of the loopback server."""

_KEY: Final = "k" * 40
_SECONDS: Final = 60  # that a cell may take
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"

# Python imports it by itself, in the kernel and in all that the kernel starts.
_GUARD: Final = """
import sys

def _check(event, given):
    if event == "socket.connect" and isinstance(given[1], tuple):
        host = given[1][0]
    elif event == "socket.getaddrinfo":
        host = given[0]
    else:
        return
    if str(host or "localhost") not in ("localhost", "127.0.0.1", "::1"):
        with open({strays!r}, "a", encoding="utf-8") as file:
            print(host, file=file)
        raise OSError(f"notebooks may only talk to the loopback, not to {{host}}")

sys.addaudithook(_check)
"""


def run(path: Path) -> nbformat.NotebookNode:
    """A notebook as it is after all of its cells were run.

    Raises:
        CellExecutionError: A cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    needed = server_with_a_team() if path.stem in WITH_A_SERVER else nullcontext()
    with needed as server, home_without_user(server) as (home, environment):
        manager = AsyncKernelManager(
            kernel_name="python3",
            # No kernels but that of this interpreter, whatever the user has installed.
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            # Ports that are free now may be taken by another kernel before this one has begun.
            transport="ipc",
            ip=str(home / "kernel"),
            connection_file=str(home / "kernel.json"),
        )
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=_SECONDS,
            coalesce_streams=True,
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": str(home / "work")}},
        )
        client.execute(env=environment, cleanup_kc=True)
    return tidied(notebook, server.url if server else SHOWN_URL)


@contextmanager
def home_without_user(server: WandbServer | None) -> Iterator[tuple[Path, dict[str, str]]]:
    """An empty home for Jupyter, with ``work`` in it, and the environment that names it.

    Raises:
        OSError: What ran there tried to reach another machine.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name in ("site", "work", "tmp", "wandb"):
            (home / name).mkdir()
        strays = home / "strays"
        guard = _GUARD.format(strays=str(strays))
        (home / "site" / "sitecustomize.py").write_text(guard, encoding="utf-8")
        yield home, _environment(home, server)
        if strays.exists():
            raise OSError(f"the notebook tried to reach {strays.read_text(encoding='utf-8')}")


@contextmanager
def server_with_a_team() -> Iterator[WandbServer]:
    """A W&B that knows the login of `home_without_user`."""
    with WandbServer() as server:
        server.add_account("ann", _KEY, entity="ann", teams=["team"])
        yield server
    if server.mistakes:
        raise RuntimeError(f"the loopback server itself failed: {server.mistakes}")


def _environment(home: Path, server: WandbServer | None) -> dict[str, str]:
    """This process's environment without the user in it: an empty home, one login or none."""
    users = ("WANDB_", "WSLAYOUT_", "XDG_", "JUPYTER", "IPYTHON", "PYTHON")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(users) and not name.lower().endswith("_proxy")
    }
    login = {"WANDB_BASE_URL": server.url, "WANDB_API_KEY": _KEY} if server else {}
    folders = {
        "HOME": "",
        "USERPROFILE": "",
        "NETRC": ".netrc",
        "TMPDIR": "tmp",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "jupyter-config",
        "JUPYTER_DATA_DIR": "jupyter-data",
        "JUPYTER_RUNTIME_DIR": "jupyter-runtime",
        **{f"WANDB_{name}_DIR": f"wandb/{name.lower()}" for name in ("CONFIG", "CACHE", "DATA")},
        **{f"XDG_{name}_HOME": f"xdg/{name.lower()}" for name in ("CONFIG", "CACHE", "DATA")},
    }
    return {
        **kept,
        **login,
        **{name: str(home / folder) for name, folder in folders.items()},
        "PYTHONPATH": os.pathsep.join((str(home / "site"), str(ROOT))),
        "WANDB_ERROR_REPORTING": "false",
    }


def tidied(notebook: nbformat.NotebookNode, url: str = SHOWN_URL) -> nbformat.NotebookNode:
    """The notebook without what differs from run to run.

    Args:
        notebook: As it was run.
        url: The address of its server.
    """
    text = nbformat.writes(notebook).replace(url, SHOWN_URL)
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    tidy: nbformat.NotebookNode = nbformat.reads(text, as_version=4)
    tidy.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in tidy.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.execution_count = None
            for output in cell.outputs:
                _tidy_output(output)
    return tidy


def _tidy_output(output: dict[str, Any]) -> None:
    if "execution_count" in output:
        output["execution_count"] = None
    # A widget is nothing without its kernel, but the text beside it is.
    output.get("data", {}).pop(_WIDGET, None)


def main() -> None:
    for path in NOTEBOOKS:
        print(path.name, file=sys.stderr)  # noqa: T201 - to the person at the terminal
        nbformat.write(run(path), path)


if __name__ == "__main__":
    main()
