"""What the caller wants: the topic, how many distinct ideas, for whom, and within what budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from brainstorm.errors import BriefError

MAX_IDEAS = 1000
"""Most distinct ideas one brief may ask for: past it a run is a batch job, and should be split."""

MAX_TOPIC_CHARS = 100_000
"""Longest topic, about 25,000 tokens of English: longer text does not fit most models' context."""

Text = Annotated[str, Field(min_length=1)]


class Frozen(BaseModel):
    """A frozen value; what is wrong with its fields is a `BriefError` of one line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    if not TYPE_CHECKING:  # type checkers read the fields instead

        def __init__(self, **fields: Any) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise BriefError(complaint(error, type(self))) from error

    def override(self, **changes: Any) -> Self:
        """A validated copy with `changes` applied; the original stays as it is."""
        fields = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self)(**{**fields, **changes})


class Persona(Frozen):
    """Someone to ask as: a name and, optionally, what that person looks for.

    A short expert lens works as well as a long biography (Meincke et al.), so keep it to a sentence.
    """

    name: Text
    lens: str = ""


class Message(Frozen):
    """One turn of the conversation that led to the brief."""

    role: Literal["system", "user", "assistant"]
    content: str


class Budget(Frozen):
    """Most that a run may spend; `None` means no limit of that kind."""

    calls: int | None = Field(default=None, ge=1)
    tokens: int | None = Field(default=None, ge=1, description="input and output tokens together")
    cost: float | None = Field(default=None, gt=0, description="US dollars; the models' prices must be known")
    seconds: float | None = Field(default=None, gt=0)


class Brief(Frozen):
    """What to brainstorm on. Frozen: `brief.override(n=20)` gives a changed copy."""

    topic: str = Field(description="the question or task, in the asker's own words")
    n: int = Field(default=12, description="distinct ideas wanted, 1 to 1000")
    messages: tuple[Message, ...] = Field(default=(), description="earlier turns, oldest first")
    constraints: tuple[Text, ...] = ()
    personas: tuple[Persona, ...] = Field(default=(), description="who to ask as; empty: the library")
    language: str | None = Field(default=None, description="language to answer in, as a reader names it")
    keep: tuple[Text, ...] = Field(default=(), description="ideas already chosen, not to be said again")
    avoid: tuple[Text, ...] = Field(default=(), description="ideas or themes not wanted")
    nearer_to: tuple[Text, ...] = ()
    away_from: tuple[Text, ...] = ()
    budget: Budget = Budget()
    seed: int = Field(default=0, ge=0, lt=2**31, description="the same seed plans the same calls")

    @field_validator("topic")
    @classmethod
    def _topic_has_a_sane_size(cls, topic: str) -> str:
        topic = topic.strip()
        if not topic:
            raise ValueError("the topic is empty: say what to brainstorm on")
        if len(topic) > MAX_TOPIC_CHARS:
            raise ValueError(
                f"the topic has {len(topic):,} characters, more than the {MAX_TOPIC_CHARS:,} allowed: "
                "summarise it, or move background into a system message"
            )
        if any("\ud800" <= character <= "\udfff" for character in topic):
            raise ValueError("the topic is not valid Unicode text: it was probably not UTF-8, pass it as UTF-8")
        if "\x00" in topic:
            raise ValueError("the topic contains NUL bytes: it looks like binary data, pass text")
        return topic

    @field_validator("n")
    @classmethod
    def _n_is_in_range(cls, n: int) -> int:
        if not 1 <= n <= MAX_IDEAS:
            raise ValueError(f"n is {n}, but must be from 1 to {MAX_IDEAS}")
        return n

    @field_validator("personas", mode="before")
    @classmethod
    def _names_are_personas(cls, personas: Any) -> Any:
        if isinstance(personas, list | tuple):
            return tuple({"name": p} if isinstance(p, str) else p for p in personas)
        return personas

    @model_validator(mode="before")
    @classmethod
    def _single_texts_are_lists(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        listed = ("constraints", "personas", "keep", "avoid", "nearer_to", "away_from")
        return {key: (value,) if key in listed and isinstance(value, str) else value for key, value in data.items()}


_PLAIN: Final = {
    "string_too_short": "{where} is empty",
    "greater_than_equal": "{where} is {input!r}, but must be at least {ge}",
    "greater_than": "{where} is {input!r}, but must be more than {gt}",
    "less_than": "{where} is {input!r}, but must be less than {lt}",
}


def complaint(error: Exception, kind: type[BaseModel] | None = None) -> str:
    """What is wrong first, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    text = first["msg"].removeprefix("Value error, ")
    if plain := _PLAIN.get(first["type"]):
        return plain.format(where=where, input=first["input"], **first.get("ctx", {}))
    if first["type"] == "extra_forbidden" and kind is not None:
        return f"a {kind.__name__} has no field {where!r}: it has {', '.join(kind.model_fields)}"
    # our own messages name the field by themselves
    return text if first["type"] == "value_error" or not where else f"{where}: {text}"
