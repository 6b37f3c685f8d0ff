"""The loopback server keeps artifacts: the real SDK saves them there and reads them back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import requests

from tests.conftest import WandbEnv
from tests.wandb_server import DEFAULT_KEY, Artifact, Run, WandbServer

if TYPE_CHECKING:
    import wandb

KIND = "wslayout-preset"
FILES = {
    "template.yaml": b"name: x\n",
    "parts/größe.yaml": "title: Größe · 大きさ\r\n".encode(),
    "parts/empty": b"",
    "picture.png": bytes(range(256)) * 20,
}


@pytest.fixture
def server(wandb_env: WandbEnv) -> WandbServer:
    wandb_env.server.add_project("demo/project", [Run("old")])
    return wandb_env.server


def quiet() -> wandb.Settings:
    import wandb

    return wandb.Settings(
        silent=True,
        console="off",
        x_disable_stats=True,
        x_disable_meta=True,
        disable_git=True,
        disable_job_creation=True,
        save_code=False,
    )


def start(project: str = "project") -> wandb.Run:
    import wandb

    return wandb.init(entity="demo", project=project, job_type=KIND, settings=quiet())


def made(files: Mapping[str, bytes], kind: str = KIND, **more: Any) -> wandb.Artifact:
    import wandb

    artifact = wandb.Artifact("team-layout", type=kind, **more)
    for name, content in files.items():
        with artifact.new_file(name, mode="wb") as file:
            file.write(content)
    return artifact


def log(run: wandb.Run, files: Mapping[str, bytes], *aliases: str) -> wandb.Artifact:
    return run.log_artifact(made(files), aliases=list(aliases)).wait()


def fetched(artifact: wandb.Artifact, root: Path) -> dict[str, bytes]:
    folder = Path(artifact.download(root=str(root), skip_cache=True))
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def held(server: WandbServer, name: str) -> Artifact:
    artifact = server.artifact(f"demo/project/{name}")
    assert artifact is not None
    return artifact


def uploads(server: WandbServer) -> list[str]:
    """The files of artifacts that were put, each under its digest."""
    puts = (record.path for record in server.requests if record.method == "PUT")
    return [path.rpartition("/")[2] for path in puts if "/files/" in path]


def md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


class Ask(Protocol):
    def __call__(self, query: str, **variables: Any) -> Any: ...


@pytest.fixture
def ask(server: WandbServer) -> Ask:
    """Plain GraphQL, for what the SDK would not do."""

    def post(query: str, **variables: Any) -> Any:
        answer = requests.post(
            f"{server.url}/graphql",
            json={"query": query, "variables": variables},
            auth=("api", DEFAULT_KEY),
            timeout=5,
        )
        return answer.json()

    return post


def create(ask: Ask, digest: str = "a", project: str = "project") -> Any:
    answer = ask(
        """mutation Create($digest: String!, $project: String!) {
          createArtifact(input: {
            entityName: "demo", projectName: $project, digest: $digest
            artifactTypeName: "wslayout-preset", artifactCollectionName: "team-layout"
            digestAlgorithm: MANIFEST_MD5, enableDigestDeduplication: true
            aliases: [{artifactCollectionName: "team-layout", alias: "latest"}]
          }) { artifact { id state versionIndex } }
        }""",
        digest=digest,
        project=project,
    )
    return answer["data"]["createArtifact"]["artifact"] if "errors" not in answer else answer


def put_manifest(ask: Ask, artifact: Any, contents: Mapping[str, Any]) -> None:
    answer = ask(
        """mutation Manifest($id: ID!) {
          createArtifactManifest(input: {
            artifactID: $id, name: "wandb_manifest.json", digest: ""
            entityName: "demo", projectName: "project", type: FULL
          }) { artifactManifest { file { uploadUrl } } }
        }""",
        id=artifact["id"],
    )
    url = answer["data"]["createArtifactManifest"]["artifactManifest"]["file"]["uploadUrl"]
    assert requests.put(url, json={"version": 1, "contents": contents}, timeout=5).ok


def create_file(ask: Ask, artifact: Any, digest: str) -> Any:
    return ask(
        """mutation Files($id: ID!, $digest: String!) {
          createArtifactFiles(input: {
            artifactFiles: [{artifactID: $id, name: "f", md5: $digest}]
          }) { files { edges { node { uploadUrl } } } }
        }""",
        id=artifact["id"],
        digest=digest,
    )


def upload_url(answer: Any) -> Any:
    (edge,) = answer["data"]["createArtifactFiles"]["files"]["edges"]
    return edge["node"]["uploadUrl"]


def commit(ask: Ask, artifact: Any) -> Any:
    return ask(
        """mutation Commit($id: ID!) {
          commitArtifact(input: {artifactID: $id}) { artifact { state versionIndex } }
        }""",
        id=artifact["id"],
    )


def refusal(answer: Any) -> str:
    (error,) = answer["errors"]
    return str(error["message"])


# -- The real SDK -----------------------------------------------------------------------------


def test_the_history_of_a_run_is_kept(server: WandbServer) -> None:
    import wandb

    with start() as run:
        for step in range(3):
            run.log({"loss": 1 / (step + 1), "by": {"class": step}, "page": wandb.Html("<b>")})
        run.log({"loss": "none", "done": True})
    kept = server.world.projects["demo/project"].runs[-1]
    assert kept.state == "finished"
    keys = {key: info for key, info in (kept.keys or {}).items() if not key.startswith("_")}
    assert {key: info.types for key, info in keys.items()} == {
        "loss": {"number": 3, "string": 1},
        "by.class": {"number": 3},
        "page": {"html-file": 3},
        "done": {"bool": 1},
    }
    assert [key for key, info in keys.items() if info.monotonic] == ["by.class"]
    assert [row["loss"] for row in kept.rows] == [1, 1 / 2, 1 / 3, "none"]


def test_an_artifact_is_saved_and_read_back(server: WandbServer, tmp_path: Path) -> None:
    import wandb

    run = start()
    artifact = made(FILES, metadata={"a": 1, "b": ["ü", None]}, description="Our layout · 1")
    run.log_artifact(artifact, aliases=["latest", "blue"])
    artifact.wait()
    run.finish()
    assert (artifact.version, artifact.id) == ("v0", held(server, "team-layout:v0").id)
    assert sorted(uploads(server)) == sorted(md5(each).hex() for each in FILES.values())

    saved = wandb.Api().artifact("demo/project/team-layout:latest")
    assert saved.qualified_name == "demo/project/team-layout:latest"
    assert (saved.version, saved.type, saved.digest) == ("v0", KIND, artifact.digest)
    assert (saved.metadata, saved.description) == ({"a": 1, "b": ["ü", None]}, "Our layout · 1")
    assert (saved.aliases, saved.state) == (["blue", "latest"], "COMMITTED")
    assert (saved.size, saved.file_count) == (sum(map(len, FILES.values())), len(FILES))
    assert fetched(saved, tmp_path / "fetched") == FILES
    assert server.artifacts.contents(held(server, "team-layout")) == FILES
    hosts = {record.headers["host"] for record in server.requests}
    assert hosts == {server.url.removeprefix("http://")}


def test_the_run_that_saved_it_is_one_of_the_projects(server: WandbServer) -> None:
    import wandb

    run = start()
    assert wandb.Api().run(f"demo/project/{run.id}").state == "running"
    run.finish()
    runs = wandb.Api().runs("demo/project", order="+created_at")
    assert [each.id for each in runs] == ["old", run.id]
    assert (runs[1].state, runs[1].job_type, runs[1].config) == ("finished", KIND, {})
    failing = start()
    failing.finish(exit_code=3)
    assert wandb.Api().run(f"demo/project/{failing.id}").state == "failed"


def test_the_same_content_is_the_same_version(server: WandbServer, tmp_path: Path) -> None:
    import wandb

    first, second = {**FILES, "template.yaml": b"1"}, {**FILES, "template.yaml": b"2"}
    with start() as run:
        assert log(run, first, "latest", "blue").version == "v0"
        server.clear()
        again = log(run, first, "latest", "green")
        assert (again.version, uploads(server)) == ("v0", [])
        assert server.count("commitArtifact") == 0
    assert set(again.aliases) == {"latest", "blue", "green"}

    with start() as run:  # another run, which knows nothing of the first
        assert log(run, second, "latest", "blue").version == "v1"
        # What v1 shares with v0 is there already.
        assert uploads(server) == [md5(b"2").hex()]
    api = wandb.Api()
    old, new = (api.artifact(f"demo/project/team-layout:v{number}") for number in (0, 1))
    assert (old.aliases, new.aliases) == (["green"], ["blue", "latest"])
    assert fetched(old, tmp_path / "old") == first
    assert fetched(new, tmp_path / "new") == second
    for alias, version in {"latest": "v1", "blue": "v1", "green": "v0"}.items():
        assert api.artifact(f"demo/project/team-layout:{alias}").version == version
    assert api.artifact("demo/project/team-layout").version == "v1"

    with start() as run:  # back to what it was
        assert log(run, first, "latest").version == "v0"
    assert wandb.Api().artifact("demo/project/team-layout:latest").digest == old.digest
    assert held(server, "team-layout:blue").version_index == 1


def test_it_is_still_there_for_a_new_process(
    wandb_env: WandbEnv, server: WandbServer, tmp_path: Path
) -> None:
    import wandb

    with start() as run:
        log(run, FILES, "latest")
    wandb_env.use(server)  # ends the SDK's service process
    with start() as run:
        assert log(run, FILES, "latest").version == "v0"
    saved = wandb.Api().artifact("demo/project/team-layout:latest", type=KIND)
    assert fetched(saved, tmp_path / "fetched") == FILES


def test_an_artifact_saves_itself_in_a_new_project(server: WandbServer) -> None:
    import wandb

    artifact = made(FILES)
    artifact.save(project="layouts", settings=quiet())
    artifact.wait()
    assert artifact.qualified_name == "demo/layouts/team-layout:v0"
    assert wandb.Api().artifact("demo/layouts/team-layout:latest").version == "v0"
    assert server.world.projects["demo/layouts"].runs[0].job_type == "auto"
    assert not wandb.Api().artifact_exists("demo/project/team-layout:latest")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("demo/project/nothing:latest", "'nothing:latest' not found in 'demo/project'"),
        ("demo/project/team-layout:red", "'team-layout:red' not found in 'demo/project'"),
        ("demo/project/team-layout:v7", "'team-layout:v7' not found in 'demo/project'"),
        ("demo/nowhere/team-layout:v0", "project 'nowhere' not found under entity 'demo'"),
    ],
)
def test_what_is_missing(server: WandbServer, ask: Ask, path: str, message: str) -> None:
    import wandb
    from wandb.errors import CommError

    saved = create(ask)
    put_manifest(ask, saved, {})
    commit(ask, saved)
    assert wandb.Api().artifact("demo/project/team-layout:v0").state == "COMMITTED"
    with pytest.raises(CommError, match=message):
        wandb.Api().artifact(path)
    assert not wandb.Api().artifact_exists(path)


def test_who_may_not_write_saves_nothing(wandb_env: WandbEnv, server: WandbServer) -> None:
    from wandb.errors import CommError

    server.add_account("guest", "g" * 40)
    server.world.projects["demo/project"].writers = {"demo"}
    wandb_env.use(server, api_key="g" * 40)
    with pytest.raises(CommError, match="permission denied"):
        start()
    with pytest.raises(CommError, match="permission denied"):
        start("not-yet-there")
    assert list(server.world.projects) == ["demo/project"]


def test_a_name_keeps_its_type(server: WandbServer) -> None:
    with start() as run:
        log(run, FILES, "latest")
        with pytest.raises(ValueError, match=f"already exists with type '{KIND}'"):
            run.log_artifact(made(FILES, kind="dataset"))


# -- The rules ---------------------------------------------------------------------------------


def test_nothing_is_committed_before_all_of_it_has_come(server: WandbServer, ask: Ask) -> None:
    digest = base64.b64encode(md5(b"content")).decode()
    artifact = create(ask)
    assert (artifact["state"], artifact["versionIndex"]) == ("PENDING", None)
    assert refusal(commit(ask, artifact)) == "artifact has no manifest"
    put_manifest(
        ask,
        artifact,
        {"f": {"digest": digest, "size": 7}, "far": {"digest": "etag", "ref": "s3://b/far"}},
    )
    assert refusal(commit(ask, artifact)) == "artifact file was not uploaded: f"
    assert server.artifact("demo/project/team-layout") is None

    url = upload_url(create_file(ask, artifact, digest))
    assert requests.get(url, timeout=5).status_code == 404
    assert requests.put(url, data=b"content", timeout=5).ok
    assert requests.get(url, timeout=5).content == b"content"
    assert upload_url(create_file(ask, artifact, digest)) is None
    done = commit(ask, artifact)["data"]["commitArtifact"]["artifact"]
    assert done == {"state": "COMMITTED", "versionIndex": 0}
    assert server.artifacts.contents(held(server, "team-layout:latest")) == {"f": b"content"}
    assert refusal(commit(ask, artifact)) == "artifact is already committed"
    assert create(ask)["id"] == artifact["id"]


def test_what_makes_no_sense_is_refused(server: WandbServer, ask: Ask) -> None:
    assert refusal(create(ask, project="nowhere")) == "project not found"
    assert refusal(commit(ask, {"id": "QQ=="})) == "artifact not found"
    assert refusal(create_file(ask, create(ask), "no digest")) == "invalid digest: no digest"


def test_runs_that_nobody_holds_take_no_more(server: WandbServer, ask: Ask) -> None:
    server.world.projects["demo/project"].runs = (Run("one"),)  # stands for one that makes them
    upsert = """mutation { upsertBucket(input: {
      name: "two", entityName: "demo", modelName: "project"
    }) { inserted } }"""
    assert refusal(ask(upsert)) == "this project takes no runs"
