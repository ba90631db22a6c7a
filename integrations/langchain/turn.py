"""One turn that a chat model is asked for: what goes where, and the answer as LangChain wants it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from brainstorm.brief import Brief
from brainstorm.coerce import text_of
from brainstorm.errors import NoIdeasError
from brainstorm.export import markdown
from brainstorm.live import Event
from brainstorm.result import IdeaSet
from brainstorm.values import Idea

from .policy import awants, is_open, structured, unmarked, wants
from .runs import Asked
from .select import Form, ideas_of, listed, to_message

if TYPE_CHECKING:
    from brainstorm.brainstormer import Brainstormer

    from .chat import ChatBrainstorm

_BRIEF_FIELDS: Final = frozenset(Brief.model_fields) - {"topic", "messages"}


class Turn:
    """What a call of a `ChatBrainstorm` asks for.

    Attributes:
        passed: the options with which it goes to the inner model, if it does.
        stop: texts that end the answer.
        messages: the conversation, without the marker.
        topic: the last message's text.
    """

    def __init__(
        self, chat: ChatBrainstorm, messages: list[BaseMessage], stop: list[str] | None, options: Mapping[str, Any]
    ) -> None:
        self._chat, self._whole = chat, messages
        self._form: Form = options.get("reply", chat.reply)
        self._fields = {key: value for key, value in options.items() if key in _BRIEF_FIELDS}
        # a seed is the model's too
        own = {"reply", *_BRIEF_FIELDS} - {"seed"}
        self.passed = {**chat.sampling, **{key: value for key, value in options.items() if key not in own}}
        self._passes = structured(options)
        self.stop = stop or chat.stop or None
        self.messages = unmarked(messages, chat.when, chat.marker)
        self.topic = text_of(self.messages[-1]) if messages else ""

    @property
    def asks(self) -> bool:
        """Whether the inner model is asked before it is decided."""
        return self._chat.when == "ask" and not self._passes and is_open(self._whole)

    def brainstorms(self, asked: Asked) -> bool:
        """Whether it is brainstormed, and not passed to the inner model; it may have to be asked."""
        chat = self._chat
        return not self._passes and wants(self._whole, chat.when, chat.marker, chat.inner, asked.below())

    async def abrainstorms(self, asked: Asked) -> bool:
        """As `brainstorms`."""
        chat = self._chat
        return not self._passes and await awants(self._whole, chat.when, chat.marker, chat.inner, asked.below())

    @property
    def brainstormer(self) -> Brainstormer:
        """The one that answers, whose calls carry the options that are not the brief's."""
        options = {key: value for key, value in self.passed.items() if key not in ("seed", "stream")}
        return self._chat.asking_with(options) if options != self._chat.sampling else self._chat.plain

    def fields(self, known: Sequence[str]) -> dict[str, Any]:
        """Fields of the brief; `known` are ideas not to be offered again."""
        keep = self._fields.get("keep", self._chat.brainstormer.get("keep", ()))
        return {**self._fields, "keep": (*listed(keep), *known)} if known else self._fields

    def answer(self, ideas: IdeaSet, asked: Asked) -> ChatResult:
        """The set as a chat model's result."""
        message = self.last(ideas, asked)
        message.content = cut(str(message.content), self.stop or ())
        return ChatResult(generations=[ChatGeneration(message=message)])

    def ranked(self, result: ChatResult) -> ChatResult:
        """The result of an answer told live, as if nobody had watched: the best n, ranked."""
        [generation] = result.generations
        ideas = ideas_of(generation.message)
        if ideas is None:
            return result
        text = cut(str(to_message(ideas, self._form).content), self.stop or ())
        content: Any = text if isinstance(generation.message.content, str) else [{"type": "text", "text": text}]
        message = generation.message.model_copy(update={"content": content})
        return ChatResult(generations=[ChatGeneration(message=message, generation_info=generation.generation_info)])

    def plain(self, error: NoIdeasError, asked: Asked) -> ChatResult:
        """What the model said in place of ideas, such as a refusal, as the answer.

        Raises:
            NoIdeasError: it said nothing, or no call went through.
        """
        result = error.result
        replies = result.record.replies if isinstance(result, IdeaSet) else ()
        whole = [r.text.strip() for r in replies if r.call.round and r.failure is None]
        said = next(filter(None, whole), "")
        if not isinstance(result, IdeaSet) or not said:
            raise error
        message = self.last(result, asked)
        message.content = cut(said, self.stop or ())
        return ChatResult(generations=[ChatGeneration(message=message)])

    def listing(self, asked: Asked) -> Listing:
        """The answer piece by piece."""
        return Listing(self, asked, live=asked.live and self._form == "markdown")

    def last(self, ideas: IdeaSet, asked: Asked) -> AIMessage:
        """The whole answer, of which a stream's last piece takes the data."""
        message = to_message(ideas, self._form)
        name = self.passed.get("model")
        model = f"brainstorm/{name}" if isinstance(name, str) else self._chat.model_name
        message.response_metadata["model_name"] = model
        message.usage_metadata = asked.meter.usage(ideas)
        return message


class Listing:
    """The events of a run → pieces of a message: ideas as they come, then the ranking by their numbers.

    Attributes:
        live: whether ideas are told as they come; else the message comes in one piece, ranked.
    """

    def __init__(self, turn: Turn, asked: Asked, *, live: bool) -> None:
        self._turn, self._asked = turn, asked
        self._numbers: dict[str, int] = {}
        self._text = ""
        self._over = False
        self.live = live

    def take(self, event: Event | IdeaSet) -> Iterator[ChatGenerationChunk]:
        """What an event adds to the message."""
        if isinstance(event, IdeaSet):
            yield self._end(event)
        elif event.kind == "idea" and self.live and (text := self._more(self._item(event.text))):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text))

    def _end(self, ideas: IdeaSet) -> ChatGenerationChunk:
        whole = self._turn.last(ideas, self._asked)
        if self.live and ideas.ideas:
            # the last folding may have kept a wording that no event told
            late = "".join(self._item(str(idea)) for idea in ideas if self._number(idea) is None)
            order = ", ".join(str(self._number(idea)) for idea in ideas)
            text = self._more(f"{late}\n\nBest first: {order}")
        else:
            text = self._more(str(whole.content))
        message = AIMessageChunk(
            content=text,
            additional_kwargs=whole.additional_kwargs,
            response_metadata=whole.response_metadata,
            usage_metadata=whole.usage_metadata,
            chunk_position="last",
        )
        return ChatGenerationChunk(message=message)

    def _item(self, text: str) -> str:
        number = self._numbers.setdefault(text, len(self._numbers) + 1)
        return ("\n" if number > 1 else "") + markdown([text], start=number)

    def _number(self, idea: Idea) -> int | None:
        numbers = [self._numbers[text] for text in (str(idea), *idea.members) if text in self._numbers]
        return min(numbers, default=None)

    def _more(self, text: str) -> str:
        """What may still be said of `text`: a stop sequence ends all."""
        if self._over:
            return ""
        said, whole = len(self._text), self._text + text
        self._text = cut(whole, self._turn.stop or ())
        self._over = self._text != whole
        return self._text[said:]


def cut(text: str, stop: Sequence[str]) -> str:
    """`text` up to the first of the texts that stop it."""
    return text[: min((at for word in stop if word and (at := text.find(word)) >= 0), default=len(text))]


def as_chunk(message: BaseMessage) -> ChatGenerationChunk:
    """A piece of a stream, or the whole answer of a model that does not stream, which LangChain hands on as it is."""
    if isinstance(message, AIMessageChunk):
        return ChatGenerationChunk(message=message)
    calls = [
        tool_call_chunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=place)
        for place, call in enumerate(getattr(message, "tool_calls", ()))
    ]
    chunk = AIMessageChunk(
        content=message.content,
        additional_kwargs=message.additional_kwargs,
        response_metadata=message.response_metadata,
        tool_call_chunks=calls,
        usage_metadata=getattr(message, "usage_metadata", None),
        id=message.id,
        chunk_position="last",
    )
    return ChatGenerationChunk(message=chunk)
