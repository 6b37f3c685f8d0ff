"""A W&B server on the loopback: real HTTP and real GraphQL over plain data.

::

    from tests.wandb_server import KeyInfo, Run, WandbServer, faults

    def test_reads_keys(wandb_env):          # the env and a fresh server, see conftest.py
        server = wandb_env.server
        server.add_project(
            "demo/project",
            runs=[Run("run1", keys={"train/loss": KeyInfo("number", count=500)})],
        )
        ...                                   # wandb.Api(), Workspace(...).save(), wslayout
        assert server.count(kind="mutation") == 1
        assert server.views("demo/project")[0].display_name == "My layout"

Runs and artifacts that the SDK makes are kept as well::

    saved = server.artifact("demo/project/layout:latest")
    assert server.artifacts.contents(saved) == {"template.yaml": b"..."}

An old server lacks features; what is off is absent from the schema::

    server.disable("project_history_keys", "fields")

Faults disturb chosen requests and can be added up::

    server.fail(faults.rate_limited(reset=2), operation="project", times=2)
    server.fail(faults.Delay(0.2) + faults.status(503), kind="mutation")
    server.fail(faults.cut_after(), operation="upsertView")      # written, answer lost
    server.fail(faults.unauthorized(), times=None)               # always

``operation`` matches the name of the operation or of one of its root fields. Every request is
kept in ``server.requests``, the GraphQL ones in ``server.operations`` (name, kind, variables,
headers, bytes, status, times). ``wandb_env.use(other_server)`` points the clients elsewhere.
"""

from tests.wandb_server import faults
from tests.wandb_server.artifacts import Artifact
from tests.wandb_server.recorder import Record
from tests.wandb_server.schema import FEATURES
from tests.wandb_server.server import DEFAULT_KEY, WandbServer
from tests.wandb_server.state import Account, KeyInfo, Project, Run, RunSource, View

__all__ = [
    "DEFAULT_KEY",
    "FEATURES",
    "Account",
    "Artifact",
    "KeyInfo",
    "Project",
    "Record",
    "Run",
    "RunSource",
    "View",
    "WandbServer",
    "faults",
]
