"""A tool, so that an agent can decide to brainstorm."""

from __future__ import annotations

from typing import Any, Final, Literal

from langchain_core.tools import BaseTool, ToolException
from pydantic import BaseModel, Field, PrivateAttr, model_validator

from brainstorm.brainstormer import Brainstormer
from brainstorm.errors import BrainstormError, BriefError
from brainstorm.result import IdeaSet

from .inner import refuse_nested
from .memory import IdeaMemory
from .select import NOTHING_NEW, listed

MOST: Final = 50
"""Most ideas an agent may ask for: what a tool says goes into the conversation, at some 30 tokens an idea."""


class BrainstormArgs(BaseModel):
    """What an agent says when it brainstorms."""

    topic: str = Field(
        min_length=1, description="What ideas are wanted for, in a sentence or two, with all that matters for them."
    )
    n: int | None = Field(
        default=None, ge=1, le=MOST, description="How many different ideas are wanted; a dozen if not said."
    )
    constraints: list[str] = Field(default_factory=list, description="Conditions that every idea must meet.")
    avoid: list[str] = Field(default_factory=list, description="Ideas or themes that are not wanted.")


class BrainstormTool(BaseTool):
    """Answers with a ranked list of many different ideas; the message's artifact is the `IdeaSet` as JSON values.

    What the agent says comes to what is set here: its constraints, and what it wants avoided, are added. A brainstorm
    that fails is a `ToolException`, so `handle_tool_error=True` has the agent told of it.

    Attributes:
        llm: who is asked: whatever `Brainstormer` accepts, or a `Brainstormer`.
        memory: where ideas are kept that were shown or rejected before: they are not offered again.
        brainstormer: further arguments of `Brainstormer`, such as `technique` or `budget`.

    Raises:
        ModelError, BriefError: as `Brainstormer` does.
    """

    name: str = "brainstorm"
    description: str = (
        "Brings many different good ideas for an open question: names, titles, gifts, approaches, plots, designs, "
        "causes. Use it when several options are welcome, not for facts or for one right answer."
    )
    args_schema: Any = BrainstormArgs
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"
    llm: Any = None
    memory: IdeaMemory | None = None
    brainstormer: dict[str, Any] = Field(default_factory=dict)

    _ideas: Brainstormer = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_arguments(cls, given: Any) -> Any:
        unknown = given.keys() - cls.model_fields.keys() if isinstance(given, dict) else ()
        if unknown:
            raise BriefError(
                f"BrainstormTool has no argument {min(unknown)!r}.",
                hint="Arguments of Brainstormer go in brainstormer=, such as brainstormer={'technique': 'list'}.",
            )
        return given

    def model_post_init(self, context: Any, /) -> None:
        """Make the brainstormer ready."""
        own = isinstance(self.llm, Brainstormer)
        if own and self.brainstormer:
            raise BriefError(
                "brainstormer= has arguments of a Brainstormer, and llm= is one already.",
                hint="Give them where that is made: Brainstormer(..., technique=...).",
            )
        refuse_nested(self.llm)
        self._ideas = self.llm if own else Brainstormer(self.llm, **self.brainstormer)

    # LangChain runs both with the tool's run as the surrounding configuration, which the calls below become children of
    def _run(
        self,
        topic: str,
        n: int | None = None,
        constraints: list[str] | None = None,
        avoid: list[str] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        try:
            known = self.memory.recall(topic) if self.memory else ()
            ideas = self._ideas.invoke(topic, **self._fields(n, constraints, avoid, known))
        except BrainstormError as error:
            raise ToolException(str(error)) from error
        return _said(self.memory.remember(ideas) if self.memory else ideas)

    async def _arun(
        self,
        topic: str,
        n: int | None = None,
        constraints: list[str] | None = None,
        avoid: list[str] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        try:
            known = await self.memory.arecall(topic) if self.memory else ()
            ideas = await self._ideas.ainvoke(topic, **self._fields(n, constraints, avoid, known))
        except BrainstormError as error:
            raise ToolException(str(error)) from error
        return _said(await self.memory.aremember(ideas) if self.memory else ideas)

    def _fields(
        self, n: int | None, constraints: list[str] | None, avoid: list[str] | None, known: tuple[str, ...]
    ) -> dict[str, Any]:
        own = {} if n is None else {"n": n}
        said = {"constraints": constraints, "avoid": avoid, "keep": known}
        here = self._ideas.defaults
        return {**own, **{key: (*listed(here.get(key)), *value) for key, value in said.items() if value}}


def _said(ideas: IdeaSet) -> tuple[str, dict[str, Any]]:
    return ideas.to_markdown() or NOTHING_NEW, ideas.model_dump(mode="json")
