"""Every example of docs/api is run as it stands, each page as one program; of configurations what their programs send is sent."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import httpx
import yaml

from api.programs import NODE, sdks
from api.world import ApiWorld

DOCS = Path(__file__).parents[3] / "docs/api"
ADDRESS = "http://127.0.0.1:8080/v1"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, kind: str) -> list[str]:
    """The page's examples of one language."""
    found = [text for language, text in FENCED.findall((DOCS / page).read_text()) if language == kind]
    assert found, f"docs/api/{page} has no example in {kind}"
    return found


def run(api: ApiWorld, folder: Path, *words: str, **env: str) -> str:
    ran = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **api.environment(), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_every_language_is_known() -> None:
    found = {language for page in DOCS.glob("*.md") for language, _ in FENCED.findall(page.read_text())}
    assert found <= {"python", "javascript", "bash", "toml", "json", "yaml", "mermaid"}


def test_python(api: ApiWorld, tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text("\n".join(blocks("python.md", "python")))
    said = run(api, tmp_path, sys.executable, "-W", "error", "page.py")
    assert "You said: What is my name? (2)" in said
    assert "The tools said: It is sunny in some city." in said
    assert "You said: Which number? (2)" in said
    assert "not_found" in said


def test_javascript(api: ApiWorld, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(sdks())
    (tmp_path / "page.mjs").write_text("\n".join(blocks("javascript.md", "javascript")))
    said = run(api, tmp_path, str(NODE), "page.mjs")
    assert "You said: What is my name? (2)" in said
    assert "The tools said: It is sunny in some city." in said
    assert "404" in said


def test_curl(api: ApiWorld, tmp_path: Path) -> None:
    said = run(api, tmp_path, "bash", "-c", "\n".join(blocks("curl.md", "bash")))
    assert "You said: Name three prime numbers. (1)" in said
    assert "You said: Tell me a short story. (1)" in said
    assert "response.completed" in said
    assert "404" in said


def test_the_first_answer(api: ApiWorld, tmp_path: Path) -> None:
    said = run(api, tmp_path, "bash", "-ec", "\n".join(blocks("README.md", "bash")))
    assert json.loads(said)["output"][0]["content"][0]["text"] == "You said: Say hello. (1)"


def test_codex_configuration(api: ApiWorld) -> None:
    for text in blocks("codex.md", "toml"):
        config = tomllib.loads(text)
        provider = config["model_providers"][config["model_provider"]]
        assert provider["wire_api"] == "responses"
        assert provider["env_key"] in "".join(blocks("codex.md", "bash"))
        ask(api, provider["base_url"] + "/responses", config["model"], stream=True)


def test_visual_studio_code(api: ApiWorld) -> None:
    (provider,) = next(one for one in configurations("json") if isinstance(one, list))
    model = provider["models"][0]
    assert (provider["vendor"], model["apiType"]) == ("customendpoint", "responses")
    ask(api, model["url"], model["id"], max_output_tokens=model["maxOutputTokens"], store=False, truncation="disabled")


def test_zed(api: ApiWorld) -> None:
    found = next(one for one in configurations("json") if "language_models" in one)
    provider = found["language_models"]["openai_compatible"]["pullwright"]
    model = provider["available_models"][0]
    assert model["capabilities"]["chat_completions"] is False
    more = {"reasoning": {"effort": model["reasoning_effort"], "summary": "auto"}, "include": ["reasoning.encrypted_content"]}
    parallel = model["capabilities"]["parallel_tool_calls"]
    ask(api, provider["api_url"] + "/responses", model["name"], store=False, parallel_tool_calls=parallel, **more)


def test_continue(api: ApiWorld) -> None:
    model = yaml.safe_load(blocks("editors.md", "yaml")[0])["models"][0]
    assert model["useResponsesApi"] is True
    ask(api, model["apiBase"] + "/responses", model["model"], store=False, include=["reasoning.encrypted_content"])


def test_opencode(api: ApiWorld) -> None:
    found = next(one for one in configurations("json") if "provider" in one)
    provider = found["provider"]["pullwright"]
    assert provider["npm"] == "@ai-sdk/openai"
    for name in provider["models"]:
        ask(api, provider["options"]["baseURL"] + "/responses", name, store=False, include=["reasoning.encrypted_content"])


def test_copilot_cli(api: ApiWorld) -> None:
    text = next(text for text in blocks("editors.md", "bash") if "COPILOT" in text)
    set_to = dict(re.findall(r"^export (\w+)=(\S+)$", text, re.MULTILINE))
    assert set_to["COPILOT_PROVIDER_WIRE_API"] == "responses"
    ask(api, set_to["COPILOT_PROVIDER_BASE_URL"] + "/responses", set_to["COPILOT_MODEL"])


def configurations(kind: str) -> list[Any]:
    return [json.loads(text) for text in blocks("editors.md", kind)]


TOOL = {
    "type": "function",
    "name": "read_file",
    "description": "Reads it.",
    "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    "strict": False,
}


def ask(api: ApiWorld, url: str, model: str, **more: Any) -> None:
    """What an agent of an editor sends: instructions, a message, a tool, streaming; then what the tool said, after all of it."""
    assert url == ADDRESS + "/responses"
    headers = {"Authorization": f"Bearer {api.key}"}
    conversation: list[Any] = [{"role": "user", "content": [{"type": "input_text", "text": "Look into the file."}]}]
    body = {"model": model, "instructions": "You edit.", "tools": [TOOL], "tool_choice": "auto", "stream": True, **more}
    said = ""
    for _ in range(2):
        answer = httpx.post(api.url + "/responses", json={**body, "input": conversation}, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        end = json.loads(answer.text.rstrip().rpartition("data: ")[2].removesuffix("[DONE]"))
        assert end["type"] == "response.completed"
        conversation += end["response"]["output"]
        calls = [item for item in end["response"]["output"] if item["type"] == "function_call"]
        conversation += [{"type": "function_call_output", "call_id": call["call_id"], "output": "its text"} for call in calls]
        said = "".join(
            part["text"] for item in end["response"]["output"] if item["type"] == "message" for part in item["content"]
        )
    assert said == "The tools said: its text"


def test_pages_link_to_what_there_is() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\(([\w./-]+\.md)(?:#[\w-]+)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
