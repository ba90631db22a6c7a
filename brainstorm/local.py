"""The embedded chat model: llama.cpp in this process, through `xllamacpp`, as a LangChain chat model.

One engine is loaded for each file and settings, at the first call. Every call streams: a worker thread
pumps what the engine says into a queue, and the sync and async sides differ only in which queue.
"""

from __future__ import annotations

import asyncio
import os
import queue
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field

from brainstorm.errors import ModelError
from brainstorm.llamacpp import Event, Job, Settings, cores, shared_engine
from brainstorm.weights import check_gguf, find_weights, from_hub, read_header

__all__ = [
    "SMALL_CALLS",
    "SMALL_IDEAS",
    "SMALL_PARAMETERS",
    "SMALL_SAMPLING",
    "LocalChat",
    "find_weights",
    "local_model",
]

# Below this many weights a model gets the small-model prompt profile.
SMALL_PARAMETERS = 1_000_000_000

# Sampling for SmolLM2-135M with the worked examples of `brainstorm.examples`, chosen by reading lists on 8
# topics (and looked at once on 5 others). With no penalty a list of five says one idea three times; with
# 1.05 and a presence penalty it still did ("use it as a bike rack", five times); DRY alone kept the topic's
# words and lost the variety. 0.6, 0.8 and 0.9 of temperature read alike. Five ideas took 45 to 60 tokens: a
# call that is not done after 80 has left the form. 16 calls said 64 to 90 ideas.
SMALL_SAMPLING: dict[str, Any] = {
    "temperature": 0.8,
    "min_p": 0.1,
    "repeat_penalty": 1.1,
    "dry_multiplier": 0.8,
    "dry_allowed_length": 2,
    "max_tokens": 80,
}
SMALL_IDEAS = 5
SMALL_CALLS = 16

# Tokens of context for each parallel call (prompt and reply together).
CONTEXT = 2048
# Calls side by side. Tokens/s of SmolLM2-135M on 2 cores, threads x slots: 1x1 125, 2x1 140, 1x4 109,
# 2x4 163, 1x8 118, 2x8 200. Each slot of a large model costs much memory, so they get fewer.
SMALL_SLOTS, SLOTS = 8, 4
# All cores that this process may use. Never more (threads that wait for a core stall the others), and no
# more than 8: the products of small models are too small to share out further. Measured on 2 cores only.
MAX_THREADS = 8


class LocalChat(BaseChatModel):
    """A GGUF model run inside this process by llama.cpp.

    Calls beyond `slots` wait their turn. Closing a stream, or cancelling the task that awaits a reply,
    stops the generation. Any other option of llama.cpp's chat endpoint (`response_format`, `grammar`,
    `repeat_penalty`, `dry_multiplier`, ...) goes in `options` or as a keyword of a call. If the last
    message is an assistant's, the model continues it. The same seed gives the same text when calls run
    one by one; run side by side, calls are batched and rounding may differ.

    Raises, at the first call: MissingPackageError, MissingWeightsError, ModelError.
    """

    model_config = ConfigDict(extra="forbid")  # a misspelt setting must not be dropped in silence

    path: str
    """The .gguf file."""
    slots: int | None = Field(default=None, ge=1)
    """Calls generated side by side; `None` takes 8 for a small model and 4 for others."""
    threads: int | None = Field(default=None, ge=1)
    """Processor threads; `None` takes the cores this process may use, at most 8."""
    context: int = Field(default=CONTEXT, ge=256)
    """Tokens of prompt and reply together, for each call."""
    temperature: float | None = Field(default=None, ge=0)
    min_p: float | None = Field(default=None, ge=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    stop: list[str] | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def _llm_type(self) -> str:
        return "llama.cpp"

    @property
    def model_name(self) -> str:
        """The file's name without its ending."""
        return Path(self.path).stem

    @property
    def parameters(self) -> int | None:
        """Number of weights as the file states it, or `None` when its header cannot be read."""
        header = read_header(Path(self.path))
        return header.parameters if header else None

    @property
    def parallel(self) -> int:
        """Calls generated side by side."""
        return self.slots or (SMALL_SLOTS if self.small else SLOTS)

    @property
    def small(self) -> bool:
        """Whether the small-model prompt profile suits it: fewer than a thousand million weights."""
        return (self.parameters or SMALL_PARAMETERS) < SMALL_PARAMETERS

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {
            "model_name": self.model_name, "path": self.path, "temperature": self.temperature,
            "min_p": self.min_p, "max_tokens": self.max_tokens, "seed": self.seed, "stop": self.stop,
            "context": self.context, **self.options,
        }  # fmt: skip

    def _settings(self) -> Settings:
        threads = self.threads or min(cores(), MAX_THREADS)
        return Settings(check_gguf(self.path), self.context, self.parallel, threads, os.getpid())

    def _request(self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]) -> dict[str, Any]:
        own = {
            "temperature": self.temperature, "min_p": self.min_p, "max_tokens": self.max_tokens,
            "seed": self.seed, "stop": stop or self.stop,
        }  # fmt: skip
        request = {**own, **self.options, **kwargs}
        request = {key: value for key, value in request.items() if value is not None}
        return {
            **request,
            "messages": convert_to_openai_messages(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,  # an event for each batch of the prompt: there a call can be cancelled
        }

    def _chunk(self, event: Event) -> ChatGenerationChunk | None:
        """One event of the engine as a chunk; `None` for those that say nothing."""
        if error := event.get("error"):
            raise _failure(error, self.context)
        if usage := event.get("usage"):
            counts = UsageMetadata(
                input_tokens=usage["prompt_tokens"],
                output_tokens=usage["completion_tokens"],
                total_tokens=usage["total_tokens"],
            )
            return ChatGenerationChunk(
                message=AIMessageChunk(content="", usage_metadata=counts, chunk_position="last"),
                generation_info={"model_name": self.model_name},
            )
        choice = next(iter(event.get("choices") or ()), None)
        if choice is None:
            return None
        delta = choice.get("delta") or {}
        reason = choice.get("finish_reason")
        thought = delta.get("reasoning_content")
        if not (delta.get("content") or thought or reason):
            return None
        return ChatGenerationChunk(
            message=AIMessageChunk(
                content=delta.get("content") or "",
                additional_kwargs={"reasoning_content": thought} if thought else {},
            ),
            generation_info={"finish_reason": reason} if reason else None,
        )

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        events: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()
        job = Job(self._request(messages, stop, kwargs), events.put)
        shared_engine(self._settings()).submit(job)
        try:
            while (event := events.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                if chunk := self._chunk(event):
                    yield chunk
        finally:
            job.cancelled.set()

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[Event | BaseException | None] = asyncio.Queue()
        job = Job(self._request(messages, stop, kwargs), lambda event: None)

        def put(event: Event | BaseException | None) -> None:
            try:
                loop.call_soon_threadsafe(events.put_nowait, event)
            except RuntimeError:  # the loop is closed: nobody listens any more
                job.cancelled.set()

        job.put = put
        shared_engine(self._settings()).submit(job)
        try:
            while (event := await events.get()) is not None:
                if isinstance(event, BaseException):
                    raise event
                if chunk := self._chunk(event):
                    yield chunk
        finally:
            job.cancelled.set()

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        # Not `agenerate_from_stream`: that one takes a thread of asyncio's small default pool.
        stream = cast("Any", self._astream(messages, stop, run_manager, **kwargs))
        try:
            return generate_from_stream(iter([chunk async for chunk in stream]))
        finally:
            await stream.aclose()


def _failure(error: dict[str, Any], context: int) -> ModelError:
    if error.get("type") == "exceed_context_size_error":
        return ModelError(
            f"The prompt has {error.get('n_prompt_tokens', 'too many')} tokens and the embedded model's "
            f"context holds {error.get('n_ctx', context)}.",
            hint="Shorten the brief, or raise `context`.",
        )
    message = f"The embedded model refused the call: {error.get('message', error)}."
    return ModelError(message, retryable=int(error.get("code") or 500) >= 500)


def local_model(spec: str = "", **settings: Any) -> LocalChat:
    """The embedded chat model for a short description of its weights.

    Args:
        spec: "" for SmolLM2-135M-Instruct, "gguf:PATH" for a file, "hf:REPO[:FILE]" for the hub.
        settings: fields of `LocalChat`; any other goes into its `options`, so `SMALL_SAMPLING` fits.

    Raises:
        MissingPackageError, MissingWeightsError, ModelError: each names the fix.
    """
    scheme, _, rest = spec.partition(":")
    if not spec:
        path = find_weights()
    elif scheme == "gguf" and rest:
        path = Path(rest)
    elif scheme == "hf" and rest:
        path = from_hub(rest)
    else:
        raise ModelError(
            f"{spec!r} does not name an embedded model.",
            hint='Write "" for the default, "gguf:PATH" or "hf:OWNER/NAME[:FILE]".',
        )
    fields = {key: value for key, value in settings.items() if key in LocalChat.model_fields}
    others = {key: value for key, value in settings.items() if key not in LocalChat.model_fields}
    options = {**others, **fields.pop("options", {})}
    return LocalChat(path=str(check_gguf(path)), options=options, **fields)
