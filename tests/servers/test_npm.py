"""Servers from npm: what is allowed gives byte for byte what the server itself gives, what is refused never happens."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.conftest import Begin, Calls, Command, assert_refused, assert_same, assert_unknown

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
Npm = Callable[..., Command]


def test_filesystem(begin: Begin, npm: Npm, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "docs").mkdir(parents=True)
    (project / "docs" / "a.md").write_text('# Ünïcode "quoted"\n')
    (project / ".env").write_text("TOKEN=secret\n")
    policy = (ROOT / "bundles" / "filesystem" / "policy.yaml").read_text().replace("/srv/project", str(project))
    server = npm("filesystem", str(project))
    gate, direct = begin(server, "docs-agent", policy, "files"), begin(server)
    assert_same(
        gate,
        direct,
        [
            ("read_text_file", {"path": f"{project}/docs/a.md"}),
            ("read_multiple_files", {"paths": [f"{project}/docs/a.md"]}),
            ("list_directory", {"path": str(project)}),
            ("directory_tree", {"path": str(project)}),
            ("read_text_file", {"path": f"{project}/docs/none.md"}),
        ],
    )
    gate.call("write_file", path=f"{project}/docs/b.md", content="new")
    assert (project / "docs" / "b.md").read_text() == "new"

    assert_refused(
        gate,
        [
            ("read_text_file", {"path": f"{project}/.env"}),
            ("read_text_file", {"path": f"{project}/docs/../.env"}),
            ("read_multiple_files", {"paths": [f"{project}/docs/a.md", f"{project}/.env"]}),
            ("write_file", {"path": f"{project}/main.py", "content": "import os"}),
            ("edit_file", {"path": f"{project}/.env", "edits": [{"oldText": "TOKEN", "newText": "X"}]}),
            ("move_file", {"source": f"{project}/.env", "destination": f"{project}/docs/env.txt"}),
            ("write_file", {"path": f"{project}/docs/c.md", "content": "x", "mode": "777"}),
        ],
    )
    assert_unknown(gate, [("create_directory", {"path": f"{project}/docs/new"})])
    assert sorted(path.name for path in project.rglob("*")) == [".env", "a.md", "b.md", "docs"]
    assert (project / ".env").read_text() == "TOKEN=secret\n"
    seen = {tool["name"] for tool in gate.ask("tools/list")["result"]["tools"]}
    assert "create_directory" not in seen
    assert {"write_file", "move_file"} < seen


MEMORY = """
version: 1
actors:
  - id: agent
    allowed_tools: [create_entities, read_graph, search_nodes, open_nodes]
    constraints:
      create_entities: {access: write, scope: any}
      open_nodes: {access: read}
"""


def test_memory(begin: Begin, npm: Npm, tmp_path: Path) -> None:
    command, _ = npm("memory")
    server = (command, {"MEMORY_FILE_PATH": str(tmp_path / "memory.jsonl")})
    gate = begin(server, "agent", MEMORY)
    entity = {"name": "opa", "entityType": "engine", "observations": ["décide"]}
    assert "isError" not in gate.call("create_entities", entities=[entity])
    direct = begin(server)
    calls: Calls = [("read_graph", {}), ("search_nodes", {"query": "opa"}), ("open_nodes", {"names": ["opa"]})]
    assert_same(gate, direct, calls)
    kept = (tmp_path / "memory.jsonl").read_bytes()
    assert_unknown(gate, [("delete_entities", {"entityNames": ["opa"]})])
    assert_refused(gate, [("create_entities", {"entities": [entity], "all": True})])
    assert (tmp_path / "memory.jsonl").read_bytes() == kept


EVERYTHING = """
version: 1
actors:
  - id: agent
    allowed_tools: [echo, get-sum, get-tiny-image, get-structured-content, get-annotated-message]
    constraints:
      echo: {access: read}
      get-sum: {access: read}
    prompts: [simple-prompt]
    resources: ["demo://resource/static/document/**"]
"""


def test_everything(begin: Begin, npm: Npm, tmp_path: Path) -> None:
    gate, direct = begin(npm("everything"), "agent", EVERYTHING), begin(npm("everything"))
    assert_same(
        gate,
        direct,
        [
            ("echo", {"message": "ünï\U0001f600\x7f\x01"}),
            ("get-sum", {"a": 0.1, "b": 1e21}),
            ("get-tiny-image", {}),
            ("get-structured-content", {"location": "Chicago"}),
            ("get-annotated-message", {"messageType": "error", "includeImage": True}),
            ("get-sum", {"a": 1, "b": 2}),
        ],
    )
    assert_unknown(gate, [("get-env", {})])
    assert_refused(gate, [("get-sum", {"a": "1", "b": 2})])
    assert [prompt["name"] for prompt in gate.ask("prompts/list")["result"]["prompts"]] == ["simple-prompt"]
    simple = {"name": "simple-prompt"}
    assert gate.ask("prompts/get", simple)["result"] == direct.ask("prompts/get", simple)["result"]
    assert gate.ask("prompts/get", {"name": "args-prompt"})["error"]["code"] == -32602
    listed = direct.ask("resources/list")["result"]["resources"]
    assert gate.ask("resources/list")["result"]["resources"] == listed
    uri = {"uri": listed[0]["uri"]}
    assert gate.ask("resources/read", uri)["result"] == direct.ask("resources/read", uri)["result"]
    dynamic = {"uri": "demo://resource/dynamic/text/1"}
    assert gate.ask("resources/read", dynamic)["error"]["message"] == "Resource not found"
    assert {json.loads(line)["event"] for line in (tmp_path / "record").read_text().splitlines()} == {
        "decision",
        "outcome",
    }
