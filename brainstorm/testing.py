"""A scripted chat model, for testing programs that use this library without a model."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from pydantic import Field, PrivateAttr

from brainstorm.tokens import count_tokens


@dataclass(frozen=True, slots=True)
class Broken:
    """A call that says `text` and then raises `error`, as a connection does that is lost."""

    text: str
    error: BaseException


Entry = str | BaseException | Broken | Callable[[Sequence[BaseMessage]], "str | BaseException | Broken"]
"""What one call does: say a text, raise an error, both, or what a function makes of the messages."""


class ScriptedChat(BaseChatModel):
    """Says what it is told to.

    Attributes:
        script: a list has an entry for each call in the order they arrive, and begins again past its end. A dict
            answers each call the same whenever it arrives: a key is the id of the call ("1.03") or a text that
            stands in its messages, the first that fits; "" fits all.
        delay: seconds before each chunk.
        chunk: characters a chunk.
        seen: the messages of each call so far.

    Raises:
        KeyError: from a call, when no key of the dict fits.
    """

    script: list[Any] | dict[str, Any] = Field(min_length=1)
    delay: float = 0.0
    chunk: int = 16
    _seen: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def seen(self) -> list[list[BaseMessage]]:
        """The messages of each call so far."""
        return self._seen

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _say(self, messages: list[BaseMessage], call: str) -> Broken | str:
        number = len(self._seen)
        self._seen.append(messages)
        if isinstance(self.script, dict):
            text = "\n".join(str(m.text) for m in messages)
            keys = [key for key in self.script if key == call or (not _CALL_ID.fullmatch(key) and key in text)]
            if not keys:
                raise KeyError(f"the script has no answer to call {call}: {text[:200]}")
            entry: Entry = self.script[keys[0]]
        else:
            entry = self.script[number % len(self.script)]
        what = entry(messages) if callable(entry) else entry
        if isinstance(what, BaseException):
            raise what
        return what

    def _chunks(self, messages: list[BaseMessage], call: str) -> Iterator[ChatGenerationChunk]:
        what = self._say(messages, call)
        text = what.text if isinstance(what, Broken) else what
        for start in range(0, len(text), self.chunk):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text[start : start + self.chunk]))
        if isinstance(what, Broken):
            raise what.error
        usage = _usage(messages, text)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage, chunk_position="last"))

    # LangChain tells `_stream` and `_astream` nothing about the call, so its id goes along as a keyword
    def stream(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[AIMessageChunk]:
        """As any chat model."""
        return super().stream(input, config, brainstorm_call=_call_of((config or {}).get("metadata")), **kwargs)

    def astream(
        self, input: LanguageModelInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[AIMessageChunk]:
        """As any chat model."""
        return super().astream(input, config, brainstorm_call=_call_of((config or {}).get("metadata")), **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        what = self._say(messages, _call_of(run_manager.metadata if run_manager else None))
        if isinstance(what, Broken):
            raise what.error
        message = AIMessage(content=what, usage_metadata=_usage(messages, what))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, kwargs.get("brainstorm_call", "")):
            time.sleep(self.delay)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, kwargs.get("brainstorm_call", "")):
            await asyncio.sleep(self.delay)
            yield chunk


_CALL_ID = re.compile(r"\d+\.\d+")


def _call_of(metadata: Mapping[str, Any] | None) -> str:
    return str((metadata or {}).get("brainstorm_call", ""))


def _usage(messages: Sequence[BaseMessage], text: str) -> UsageMetadata:
    sent, said = sum(count_tokens(str(m.text)) for m in messages), count_tokens(text)
    return UsageMetadata(input_tokens=sent, output_tokens=said, total_tokens=sent + said)
