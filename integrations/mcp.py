"""The stages as tools of a Model Context Protocol server, for assistants that call tools."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field
from starlette.types import ASGIApp

from brainstorm._version import __version__
from brainstorm.brief import Brief
from brainstorm.errors import BrainstormError
from brainstorm.live import Event
from brainstorm.rank import VARIETY, Profile
from brainstorm.result import IdeaSet

from .server import native
from .server.engine import MODEL, Engine
from .server.wire import ApiError

INSTRUCTIONS = (
    "Use `brainstorm` where many different ideas are wanted, `more_like` to go on from ideas that were liked. "
    "Ideas the user has seen go in `earlier`, so that they do not come again. "
    "`deduplicate_ideas` and `rank_ideas` work on any list."
)

Texts = list[str]
Topic = Annotated[str, Field(description="the question or task, in the user's own words")]
Count = Annotated[int, Field(ge=1, description="distinct ideas wanted")]
Earlier = Annotated[Texts, Field(description="ideas already known, not to be said again")]


class IdeaFound(BaseModel):
    """One distinct idea, in its place."""

    text: str
    score: float = Field(description="quality among these ideas, 0 to 1; the order also counts how unlike others it is")
    why: str = Field(description="why it stands where it stands")
    support: int = Field(description="in how many calls to the model it turned up")


class Found(BaseModel):
    """What a brainstorm brought."""

    topic: str
    ideas: list[IdeaFound] = Field(description="best first; every prefix is meant to be broad")
    further: list[str] = Field(description="distinct ideas after them")
    stopped: str = Field(description="why it ended; 'n' when enough were found")
    tokens: int
    rejected: list[str] = Field(description="texts that are no idea, with the reason")
    failures: list[str] = Field(description="calls that failed, and what to do about it")
    notes: list[str]


def make_mcp(engine: Engine) -> MCPServer:
    """The MCP server over `engine`."""
    server = MCPServer("brainstorm", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    asks = ToolAnnotations(read_only_hint=True, open_world_hint=True)
    pure = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

    @server.tool(title="Brainstorm", annotations=asks)
    async def brainstorm(
        topic: Topic,
        ctx: Context,
        n: Count = 12,
        constraints: Annotated[Texts, Field(description="conditions that every idea must meet")] = [],  # noqa: B006
        avoid: Annotated[Texts, Field(description="ideas or themes not wanted")] = [],  # noqa: B006
        earlier: Earlier = [],  # noqa: B006
        personas: Annotated[Texts, Field(description="whom to ask as; empty: a varied cast")] = [],  # noqa: B006
        language: Annotated[str | None, Field(description="language to answer in")] = None,
        seed: Annotated[int, Field(ge=0, lt=2**31)] = 0,
    ) -> Found:
        """Many different good ideas on a topic: asked in several ways, near-duplicates folded, ranked for breadth."""
        fields = {
            "constraints": constraints,
            "avoid": avoid,
            "keep": earlier,
            "personas": personas,
            "language": language,
        }
        return await _brainstorm(engine, ctx, {"topic": topic, "n": n, "seed": seed, **fields})

    @server.tool(title="More like these", annotations=asks)
    async def more_like(
        topic: Topic,
        like: Annotated[Texts, Field(min_length=1, description="ideas to go nearer to")],
        ctx: Context,
        n: Count = 5,
        unlike: Annotated[Texts, Field(description="ideas to go away from")] = [],  # noqa: B006
        earlier: Earlier = [],  # noqa: B006
    ) -> Found:
        """Further ideas near those that were liked, and none that was there before."""
        known = list(dict.fromkeys([*earlier, *like, *unlike]))
        fields = {"topic": topic, "n": n, "nearer_to": like, "away_from": unlike, "keep": known}
        return await _brainstorm(engine, ctx, fields)

    @server.tool(title="Fold near-duplicates", annotations=pure)
    async def deduplicate_ideas(
        texts: Texts,
        topic: Annotated[str, Field(description="what they answer, if known")] = "",
        same: Annotated[float | None, Field(ge=0, le=1, description="lower folds more")] = None,
    ) -> native.Deduplicated:
        """Groups the texts that say the same idea, with a receipt for each that was folded."""
        request = native.DeduplicateRequest(texts=texts, topic=topic, same=same)
        return native.Deduplicated(**await _aside(engine, native.fold, request))

    @server.tool(title="Rank ideas", annotations=pure)
    async def rank_ideas(
        texts: Texts,
        topic: Annotated[str, Field(description="what they answer; without it relevance does not count")] = "",
        variety: Annotated[float, Field(ge=0, le=1, description="0: quality alone, 1: unlikeness alone")] = VARIETY,
        profile: Annotated[
            Profile, Field(description="bold: rare ideas first; safe: well supported ones")
        ] = "balanced",
        avoid: Annotated[Texts, Field(description="ideas or words that go to the end")] = [],  # noqa: B006
        nearer_to: Annotated[Texts, Field(description="what the order leans to")] = [],  # noqa: B006
    ) -> native.Ranked:
        """Orders distinct ideas so that the first few are good and unlike each other, and says why."""
        request = native.RankRequest(
            texts=texts, topic=topic, variety=variety, profile=profile, avoid=avoid, nearer_to=nearer_to
        )
        return native.Ranked(**await _aside(engine, native.order, request))

    return server


def http_app(server: MCPServer) -> ASGIApp:
    """The tools over streamable HTTP, at /mcp; who may ask is for the guard in front of it to decide."""
    return server.streamable_http_app(
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False)
    )


async def _aside(engine: Engine, work: Any, request: Any) -> dict[str, Any]:
    try:
        done: dict[str, Any] = await engine.aside(work, request)
        return done
    except (ApiError, BrainstormError) as error:
        raise ToolError(str(error)) from error


async def _brainstorm(engine: Engine, ctx: Context, fields: dict[str, Any]) -> Found:
    try:
        with engine.slot():
            brief = engine.checked(Brief(**fields))
            brainstormer = engine.brainstormer(MODEL)
            assert brainstormer is not None
            run = brainstormer.start(brief)
            with engine.running(run):
                async with aclosing(run.events()) as events:
                    return _found(engine.delivered(await _watched(events, ctx, brief.n)))
    except (ApiError, BrainstormError) as error:
        raise ToolError(str(error)) from error


async def _watched(events: AsyncGenerator[Event | IdeaSet], ctx: Context, n: int) -> IdeaSet:
    """The result; each new idea is told as progress."""
    found = None
    async for event in events:
        if isinstance(event, IdeaSet):
            found = event
        elif event.kind == "idea":
            # more than n may be heard before the run ends, and progress must grow
            await ctx.report_progress(event.distinct, max(n, event.distinct), event.text)
    assert found is not None
    return found


def _found(result: IdeaSet) -> Found:
    return Found(
        topic=result.topic,
        ideas=[IdeaFound(text=str(i), score=i.score, why=i.why, support=i.support) for i in result.ideas],
        further=[str(i) for i in result.more],
        stopped=result.stopped,
        tokens=result.usage.input_tokens + result.usage.output_tokens,
        rejected=[f"{r.text} ({r.reason})" for r in result.rejected],
        failures=[f"{f.cause}; {f.fix}" for f in result.failures],
        notes=list(result.notes),
    )
