"""
title: Brainstorm
description: Many different good ideas from any model, near-duplicates folded, ranked for breadth.
author: brainstorm
license: Apache-2.0
version: 0.1.0
requirements: langchain-brainstorm[openai]
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from pydantic import BaseModel, Field


class Pipe:
    """Open WebUI's interface to a model: paste this file under Admin Panel, Functions."""

    class Valves(BaseModel):
        """What the admin sets."""

        MODEL: str = Field(
            default="",
            description="model to ask: its name on the server below (not needed where it has one only), or"
            " provider:model such as openai:gpt-5-mini",
        )
        BASE_URL: str = Field(default="", description="an OpenAI-compatible server, such as http://localhost:11434/v1")
        API_KEY: str = Field(default="", description="the API key of that server, or of the provider")
        IDEAS: int = Field(default=12, ge=1, le=100, description="ideas in an answer, where no number is asked for")
        TECHNIQUE: str = Field(default="auto", description="how to ask")
        MAX_TOKENS: int = Field(default=200_000, ge=1, description="tokens for one brainstorm at most, in and out")
        MAX_SECONDS: float = Field(default=300.0, gt=0, description="seconds for one brainstorm at most")

    def __init__(self) -> None:
        self.valves = self.Valves()
        self._made: tuple[str, Any] | None = None

    async def pipes(self) -> list[dict[str, str]]:
        """The models in the menu."""
        names = {"brainstorm": "Brainstorm", "quick": "Brainstorm: quick", "broad": "Brainstorm: broad"}
        return [{"id": id, "name": name} for id, name in {**names, "bold": "Brainstorm: bold"}.items()]

    async def pipe(
        self,
        body: dict[str, Any],
        __task__: str | None = None,
        __event_emitter__: Callable[[Any], Awaitable[None]] | None = None,
    ) -> AsyncGenerator[str] | dict[str, Any]:
        """Answer a chat, as a stream or whole; titles, tags and the like go to the plain model."""
        from brainstorm.integrations.server import chat
        from brainstorm.integrations.server.wire import read_body

        engine = await asyncio.to_thread(self._engine)  # a server may have to be asked for its model
        profile = str(body.get("model", "")).rpartition(".")[2]
        name = f"brainstorm/{profile}" if profile in ("quick", "broad", "bold") else "brainstorm"
        asked = {**body, "model": engine.inner[0].name if __task__ else name}
        request = read_body(chat.ChatRequest, json.dumps(asked, default=str).encode())
        if not request.stream:
            whole: dict[str, Any] = await chat.complete(engine, request)
            return whole
        return self._lines(chat.stream(engine, request), None if __task__ else __event_emitter__)

    async def _lines(
        self, events: AsyncGenerator[str], emit: Callable[[Any], Awaitable[None]] | None
    ) -> AsyncGenerator[str]:
        await _status(emit, "Looking in many directions", done=False)
        try:
            async for event in events:
                yield event.strip()
        finally:
            await events.aclose()
            await _status(emit, "Done", done=True)

    def _engine(self) -> Any:
        """The engine for the valves as they are set now."""
        from brainstorm.integrations.server.engine import Engine, Limits

        valves, key = self.valves, self.valves.model_dump_json()
        if self._made is None or self._made[0] != key:
            model: Any = valves.MODEL or None
            where: dict[str, Any] = {}
            if valves.BASE_URL:
                from openai import AsyncOpenAI

                model = AsyncOpenAI(base_url=valves.BASE_URL, api_key=valves.API_KEY or "none")
                where = {"model_name": valves.MODEL or _only_model(valves.BASE_URL, valves.API_KEY or "none")}
            elif valves.API_KEY and ":" in valves.MODEL and not valves.MODEL.startswith(("gguf:", "hf:", "http")):
                from brainstorm.models import from_provider

                model = from_provider(valves.MODEL, api_key=valves.API_KEY)
            limits = Limits(tokens=valves.MAX_TOKENS, seconds=valves.MAX_SECONDS)
            made = Engine(model, limits=limits, technique=valves.TECHNIQUE, n=valves.IDEAS, **where)
            self._made = (key, made)
        return self._made[1]


def _only_model(url: str, key: str) -> str:
    """The name of the one model that a server offers."""
    from openai import OpenAI

    with OpenAI(base_url=url, api_key=key, max_retries=0, timeout=10) as client:
        served = [model.id for model in client.models.list()]
    if len(served) != 1:
        raise ValueError(
            f"Set the valve MODEL: the server at {url} offers {len(served)} models: {', '.join(served[:20])}."
        )
    return served[0]


async def _status(emit: Callable[[Any], Awaitable[None]] | None, text: str, *, done: bool) -> None:
    if emit is not None:
        await emit({"type": "status", "data": {"description": text, "done": done}})
