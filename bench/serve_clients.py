"""Other people's clients and conformance tools against a running `brainstorm serve` and `brainstorm mcp`.

Needs, in a virtual environment TOOLS: llm-comply, litellm, llm, schemathesis; in a folder NODE, by npm: openai, ai,
@ai-sdk/openai-compatible, @modelcontextprotocol/inspector, @modelcontextprotocol/conformance. What is not there fails. The
model below the server is the tests' server on loopback. Status 1 where anything failed.
Run: python bench/serve_clients.py TOOLS NODE [PART ...], a part being comply, python, others, schema, mcp or conformance
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))  # the server of the tests

from serving import serving

from tests.server import Answer, FakeOpenAI
from tests.serving import names

HERE = Path(__file__).parent
TOOLS, NODE = Path(sys.argv[1]).absolute() / "bin", Path(sys.argv[2]).absolute()
PARTS = sys.argv[3:] or ["comply", "python", "others", "schema", "mcp", "conformance"]
MAIN = [sys.executable, "-c", "from brainstorm.cli import main; main()"]
TOPIC = "Names for a bakery run by robots"
results: dict[str, list[bool]] = {}


def answer(body: dict[str, Any], number: int) -> Answer:
    """Names, or the call of a tool where one must be called."""
    if not body.get("tools"):
        return names(body, number)
    name = body["tools"][0]["function"]["name"]
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": '{"location":"x"}'}}
    head = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    deltas: list[tuple[Any, Any]] = [({"role": "assistant", "tool_calls": [call]}, None), ({}, "tool_calls")]
    lines = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": r}]} for d, r in deltas]
    text = "".join(f"data: {json.dumps(line)}\n\n" for line in lines) + "data: [DONE]\n\n"
    return Answer(body=text, headers={"Content-Type": "text/event-stream"})


def set_up(server: FakeOpenAI) -> None:
    """The provider below the server."""
    server.answer = answer


@contextmanager
def running(*arguments: str) -> Iterator[int]:
    """A command of ours that serves; its port."""
    with tempfile.NamedTemporaryFile() as log:  # a pipe that nobody reads would stop the server once it is full
        process = subprocess.Popen([*MAIN, *arguments, "--port", "0"], stderr=log)
        try:
            while not (found := re.findall(r"serving .*:(\d+)/", Path(log.name).read_text(encoding="utf-8"))):
                assert process.poll() is None
                time.sleep(0.1)
            yield int(found[-1])
        finally:
            process.terminate()
            process.wait()


def note(what: str, good: bool, detail: str = "") -> None:
    """Print one outcome and count it under the first word of `what`."""
    results.setdefault(what.split(":")[0], []).append(good)
    print(f"{'ok' if good else 'FAILED'} {what} {detail}".rstrip())


def run(*command: str, **options: Any) -> str:
    """What a tool prints, on either stream."""
    done = subprocess.run(
        command, check=False, capture_output=True, stdin=subprocess.DEVNULL, text=True, timeout=120, **options
    )
    return done.stdout + done.stderr


def comply(url: str) -> None:
    """llm-comply, on the brainstorming model."""
    for form in ("openai-chat", "open-responses"):
        said = run(str(TOOLS / "llm-comply"), "-u", url, "-k", "any", "-m", "brainstorm", "--format", form, "--json")
        try:
            found = json.loads(said[said.index("{") :])
        except ValueError:
            note(f"llm-comply {form}", False, said[-300:])
            continue
        for test in found["results"]:
            status = test["status"]
            if status == "skipped":
                print(f"skipped llm-comply {form}: {test['id']}: {test.get('skip_reason') or test.get('errors')}")
            else:
                note(f"llm-comply {form}: {test['id']}", status == "passed", "; ".join(test.get("errors") or ())[:300])
            for warning in test.get("warnings") or ():
                print(f"  warning: {warning}")


def python_openai(url: str) -> None:
    """The Python client, strict."""
    import openai

    client = openai.OpenAI(base_url=url, api_key="any", _strict_response_validation=True)
    asked: Any = {"model": "brainstorm", "messages": [{"role": "user", "content": TOPIC}]}
    note("python openai: models", "brainstorm" in [m.id for m in client.models.list()])
    note("python openai: chat", "12. " in str(client.chat.completions.create(**asked).choices[0].message.content))
    chunks = list(client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    note("python openai: stream", chunks[-1].usage is not None)
    choices = client.chat.completions.create(**asked, n=5).choices
    note("python openai: n choices", len({c.message.content for c in choices}) == 5)


LITELLM = """
import sys, litellm
url, topic = sys.argv[1:]
asked = dict(model="openai/brainstorm", api_base=url, api_key="any", messages=[{"role": "user", "content": topic}])
def check(what, good): print("ok" if good else "FAILED", "litellm: " + what)
offered = litellm.utils.get_valid_models(check_provider_endpoint=True, custom_llm_provider="openai", api_key="any", api_base=url)
check("models", any(name.endswith("brainstorm") for name in offered))
check("chat", "12. " in litellm.completion(**asked).choices[0].message.content)
check("stream", "**Best first**" in "".join(c.choices[0].delta.content or "" for c in litellm.completion(**asked, stream=True)))
check("n choices", len({c.message.content for c in litellm.completion(**asked, n=5).choices}) == 5)
"""


def others(url: str) -> None:
    """litellm, llm, and the npm packages."""
    lines = run(str(TOOLS / "python"), "-c", LITELLM, url, TOPIC)
    lines += run("node", str(HERE / "serve_clients.mjs"), url, cwd=NODE)
    told = re.findall(r"^(ok|FAILED) (.+)$", lines, re.M)
    for state, what in told:
        note(what, state == "ok")
    if len(told) != 12:
        note("others: all told", False, lines[-1500:])
    with tempfile.TemporaryDirectory() as home:
        extra = f"- model_id: ours\n  model_name: brainstorm\n  api_base: {url}\n  api_key_name: ours\n"
        (Path(home) / "extra-openai-models.yaml").write_text(extra)
        (Path(home) / "keys.json").write_text('{"ours": "any"}')
        settings = {**os.environ, "LLM_USER_PATH": home}
        llm = str(TOOLS / "llm")
        note("llm: models", "ours" in run(llm, "models", env=settings))
        note("llm: chat", "12. " in run(llm, "-m", "ours", "--no-stream", TOPIC, env=settings))
        note("llm: stream", "**Best first**" in run(llm, "-m", "ours", TOPIC, env=settings))


def inspector(inner: str) -> None:
    """The MCP inspector, on stdio and HTTP."""
    tool = str(NODE / "node_modules" / ".bin" / "mcp-inspector")
    calls = {
        "brainstorm": ["topic=" + TOPIC, "n=4"],
        "more_like": ["topic=" + TOPIC, 'like=["copper"]', "n=3"],
        "deduplicate_ideas": ['texts=["a doorstop", "to stop a door"]'],
        "rank_ideas": ['texts=["a boat", "a kiln"]'],
    }
    with running("mcp", "--http", "--model", "m", "--base-url", inner) as port, tempfile.TemporaryDirectory() as home:
        config = Path(home) / "mcp.json"
        servers = {"ours": {"command": MAIN[0], "args": [*MAIN[1:], "mcp", "--model", "m", "--base-url", inner]}}
        config.write_text(json.dumps({"mcpServers": servers}))
        ways = {
            "stdio": ["--config", str(config), "--server", "ours"],
            "http": [f"http://127.0.0.1:{port}/mcp", "--transport", "http"],
        }
        for way, where in ways.items():
            listed = run(tool, "--cli", *where, "--method", "tools/list")
            found = re.findall(r'"name": "(\w+)"', listed)
            good = set(calls) <= set(found) and "outputSchema" in listed
            note(f"mcp inspector {way}: tools/list", good, "" if good else listed[-400:])
            for name, given in calls.items():
                told = [part for argument in given for part in ("--tool-arg", argument)]
                said = run(tool, "--cli", *where, "--method", "tools/call", "--tool-name", name, *told)
                good = "structuredContent" in said and '"isError": true' not in said
                note(f"mcp inspector {way}: {name}", good, "" if good else said[-400:])


SCENARIOS = ("server-initialize", "ping", "tools-list", "dns-rebinding-protection", "server-sse-multiple-streams")
"""The conformance scenarios that fit: the others want the tools, prompts and resources of a server made for that test."""


def conformance(inner: str) -> None:
    """MCP's own conformance tests."""
    tool = str(NODE / "node_modules" / ".bin" / "conformance")
    own = NODE / "node_modules" / ".bin" / "node"  # npm's package of that name, where the machine's is older than 22
    node = str(own) if own.exists() else "node"
    with running("mcp", "--http", "--model", "m", "--base-url", inner) as port:
        for scenario in SCENARIOS:
            said = run(node, tool, "server", "--url", f"http://127.0.0.1:{port}/mcp", "--scenario", scenario, cwd=NODE)
            passed = re.search(r"Passed: (\d+)/(\d+), (\d+) failed", said)
            good = passed is not None and passed[1] == passed[2] != "0" and passed[3] == "0"
            note(f"mcp conformance: {scenario}", good, passed[0] if passed else said[-400:])


def schema(url: str) -> None:
    """Schemathesis on the OpenAPI document: nothing may answer with a 5xx."""
    said = run(
        str(TOOLS / "schemathesis"), "run", url.replace("v1", "openapi.json"),
        "--checks", "not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance",
        "--max-examples", "40", "--seed", "1", "--no-color",
    )  # fmt: skip
    print("\n".join(said.strip().splitlines()[-40:]))
    note("schemathesis", "Failures:" not in said and "Errors:" not in said and "passed" in said)


def main() -> None:
    """Run them all, and count."""
    with serving(set_up) as inner:
        with running("serve", "--model", "m", "--base-url", inner, "--max-n", "30") as port:
            url = f"http://127.0.0.1:{port}/v1"
            for name, part in {"comply": comply, "python": python_openai, "others": others, "schema": schema}.items():
                if name in PARTS:
                    part(url)
        if "mcp" in PARTS:
            inspector(inner)
        if "conformance" in PARTS:
            conformance(inner)
    for what, outcomes in results.items():
        print(f"{what}: {sum(outcomes)} of {len(outcomes)}")
    sys.exit(not all(all(outcomes) for outcomes in results.values()))


if __name__ == "__main__":
    main()
