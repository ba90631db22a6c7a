"""A call → the chat messages to send."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import Template
from typing import Literal

from brainstorm.brief import Brief, Persona
from brainstorm.calls import Call
from brainstorm.errors import BriefError
from brainstorm.examples import choose_examples
from brainstorm.library import Library, sections_of
from brainstorm.plan import AVOID_TOKENS, within

ChatMessage = tuple[Literal["system", "user", "assistant"], str]
"""Role and text: the form of a message that every chat model of LangChain accepts."""

_BLANK_RUN = re.compile(r"\n{3,}")


def render(call: Call, brief: Brief, library: Library, before: Sequence[ChatMessage] = ()) -> tuple[ChatMessage, ...]:
    """The messages of `call`: earlier turns of the brief, one system message at most, the request last.

    Args:
        call: what to ask.
        brief: what the caller wants.
        library: where the templates come from.
        before: the messages and the reply of the call that this one follows; its template's [again] section,
            or [user] where there is none, comes after them.

    Raises:
        BriefError: the template does not exist or names a placeholder that does not.
    """
    if call.template not in library.templates:
        raise BriefError(
            f"no prompt template {call.template!r}.",
            hint=f"There are: {', '.join(sorted(library.templates))}.",
        )
    values = {
        "topic": brief.topic,
        "k": str(call.k),
        "cap": f"{call.cap:g}",
        "from_persona": f" from {call.persona.name}" if call.persona else "",
        "persona_line": _persona_line(call.persona),
        "angle": _angle(call),
        "extra": _extra(call, brief),
    }
    sections = fill(call.template, library, values)
    if before:
        return (*before, ("user", sections.get("again") or sections["user"]))
    system = "\n\n".join(
        text
        for text in (*(m.content for m in brief.messages if m.role == "system"), sections.get("system", ""))
        if text
    )
    head: tuple[ChatMessage, ...] = (("system", system),) if system else ()
    turns: tuple[ChatMessage, ...] = tuple((m.role, m.content) for m in brief.messages if m.role != "system")
    shown: list[ChatMessage] = []
    chosen = choose_examples(library.examples, brief.topic, turn=call.seed, count=call.examples)
    for example in chosen if call.examples else ():
        asked = fill(call.template, library, values | {"topic": example.topic, "extra": ""})["user"]
        shown += [("user", asked), ("assistant", example.reply)]
    return (*head, *turns, *shown, ("user", sections["user"]))


def fill(template: str, library: Library, values: dict[str, str]) -> dict[str, str]:
    """The sections of a template with its placeholders filled, by role.

    Raises:
        BriefError: it names a placeholder that is not among `values`.
    """
    try:
        parts = sections_of(library.templates[template])
        return {role: _tidy(Template(text).substitute(values)) for role, text in parts.items()}
    except (KeyError, ValueError) as error:
        raise BriefError(
            f"the template {template}.md has an unknown or malformed placeholder: {error}.",
            hint=f"Use ${', $'.join(values)}, and $$ for a dollar sign.",
        ) from error


def _persona_line(persona: Persona | None) -> str:
    if persona is None:
        return ""
    return f"You are {persona.name}." + (f" You think of {persona.lens}." if persona.lens else "")


def _angle(call: Call) -> str:
    """Where to look, one line each; most techniques set none of it."""
    lines = []
    if call.direction:
        lines.append(f"Look in this direction only: {call.direction}")
    if call.lens:
        lines.append(f"Look at it this way: {call.lens}.")
    if call.near:
        lines.append(f"Hardly anyone has looked around this idea yet: {call.near}. Look there, for other ideas.")
    if call.constraint:
        lines.append(f"Where it fits the task, keep to this: {call.constraint}.")
    if call.word:
        lines.append(f'Let the word "{call.word}" set off one of them, without naming it.')
    return "\n".join(lines)


def _extra(call: Call, brief: Brief) -> str:
    lines = [f"Condition: {c}" for c in brief.constraints]
    if brief.language:
        lines.append(f"Write in {brief.language}.")
    lines += [f"More like this: {t}" for t in brief.nearer_to]
    lines += [f"Less like this: {t}" for t in (*brief.away_from, *brief.avoid)]
    # what is kept beyond that is folded all the same, once it is said
    known = (*within(brief.keep, AVOID_TOKENS), *call.avoid)
    if known:
        lines.append("Already said, so not these or anything close to them: " + "; ".join(known) + ".")
    return "\n".join(lines)


def _tidy(text: str) -> str:
    """No gaps where an optional line stayed empty."""
    return _BLANK_RUN.sub("\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip()
