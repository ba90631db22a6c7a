"""A scripted chat model, for testing programs that use this library without a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

from brainstorm.tokens import count_tokens

Script = str | BaseException | Callable[[Sequence[BaseMessage]], str]
"""What one call does: say a text, raise an error, or say what a function makes of the messages."""


class ScriptedChat(BaseChatModel):
    """Says what it is told to, call by call; past the end it begins again.

    Attributes:
        script: one entry a call.
        delay: seconds before each chunk.
        chunk: characters a chunk.
        seen: the messages of each call so far.
    """

    script: list[Any] = Field(min_length=1)
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

    def _say(self, messages: list[BaseMessage]) -> str:
        entry: Script = self.script[len(self._seen) % len(self.script)]
        self._seen.append(messages)
        if isinstance(entry, BaseException):
            raise entry
        return entry if isinstance(entry, str) else entry(messages)

    def _chunks(self, messages: list[BaseMessage]) -> Iterator[ChatGenerationChunk]:
        text = self._say(messages)
        for start in range(0, len(text), self.chunk):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text[start : start + self.chunk]))
        usage = _usage(messages, text)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage, chunk_position="last"))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = self._say(messages)
        message = AIMessage(content=text, usage_metadata=_usage(messages, text))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield from self._chunks(messages)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages):
            await asyncio.sleep(self.delay)
            yield chunk


def _usage(messages: Sequence[BaseMessage], text: str) -> UsageMetadata:
    sent, said = sum(count_tokens(str(m.text)) for m in messages), count_tokens(text)
    return UsageMetadata(input_tokens=sent, output_tokens=said, total_tokens=sent + said)
