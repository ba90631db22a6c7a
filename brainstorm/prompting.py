"""A call → the chat messages to send, from plain template files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Literal

from brainstorm.brief import Brief, Persona
from brainstorm.errors import BriefError
from brainstorm.plan import Call

ChatMessage = tuple[Literal["system", "user", "assistant"], str]
"""Role and text: the form of a message that every chat model of LangChain accepts."""

_SECTION = re.compile(r"^\[(system|user)\][ \t]*$", re.M)
_BLANK_RUN = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Library:
    """The prompt templates, personas and lenses a run draws on.

    Attributes:
        templates: name → text with a `[user]` section and maybe a `[system]` section.
        personas: who to ask as.
        small_personas: the same for small models, in a few words each.
        lenses: angles to look from.
    """

    templates: Mapping[str, str]
    personas: tuple[Persona, ...]
    small_personas: tuple[Persona, ...]
    lenses: tuple[str, ...]


@lru_cache(maxsize=8)
def load_library(folder: str | None = None) -> Library:
    """The shipped library, with any file of the same name in `folder` in its place.

    Raises:
        BriefError: `folder` is not a folder, or a file in it is not UTF-8 text or has no [user] section.
    """
    shipped = files("brainstorm.prompts")
    own = Path(folder) if folder is not None else None
    if own is not None and not own.is_dir():
        raise BriefError(f"no folder of prompts at {folder}.", hint="Give a folder that holds templates such as list.md.")
    found: dict[str, Traversable] = {f.name: f for f in shipped.iterdir() if f.name.endswith((".md", ".txt"))}
    if own is not None:
        found |= {f.name: f for f in own.iterdir() if f.suffix in {".md", ".txt"}}
    texts = {name: _read(path) for name, path in sorted(found.items())}
    templates = {name.removesuffix(".md"): text for name, text in texts.items() if name.endswith(".md")}
    for name, text in templates.items():
        if "user" not in _sections(text):
            raise BriefError(f"the template {name}.md has no [user] section.", hint="Put [user] on a line of its own.")
    return Library(
        templates=templates,
        personas=tuple(_persona(line) for line in _lines(texts["personas.txt"])),
        small_personas=tuple(_persona(line) for line in _lines(texts["small_personas.txt"])),
        lenses=tuple(_lines(texts["lenses.txt"])),
    )


def render(call: Call, brief: Brief, library: Library) -> tuple[ChatMessage, ...]:
    """The messages of `call`: earlier turns of the brief, one system message at most, the request last.

    Raises:
        BriefError: the template does not exist or names a placeholder that does not.
    """
    if call.template not in library.templates:
        raise BriefError(
            f"no prompt template {call.template!r}.", hint=f"There are: {', '.join(sorted(library.templates))}."
        )
    values = {
        "topic": brief.topic,
        "k": str(call.k),
        "cap": f"{call.cap:g}",
        "persona": call.persona.name if call.persona else "someone with many ideas",
        "persona_line": _persona_line(call.persona),
        "lens": call.lens,
        "lens_line": f"Look at it this way: {call.lens}." if call.lens else "",
        "extra": _extra(call, brief),
    }
    sections = {}
    for role, text in _sections(library.templates[call.template]).items():
        try:
            sections[role] = _tidy(Template(text).substitute(values))
        except (KeyError, ValueError) as error:
            raise BriefError(
                f"the template {call.template}.md has an unknown or malformed placeholder: {error}.",
                hint=f"Use ${', $'.join(values)}, and $$ for a dollar sign.",
            ) from error
    system = "\n\n".join(
        text for text in (*(m.content for m in brief.messages if m.role == "system"), sections.get("system", "")) if text
    )
    head: tuple[ChatMessage, ...] = (("system", system),) if system else ()
    turns: tuple[ChatMessage, ...] = tuple((m.role, m.content) for m in brief.messages if m.role != "system")
    return (*head, *turns, ("user", sections["user"]))


def _persona_line(persona: Persona | None) -> str:
    if persona is None:
        return ""
    return f"You are {persona.name}." + (f" You think of {persona.lens}." if persona.lens else "")


def _extra(call: Call, brief: Brief) -> str:
    lines = [f"Condition: {c}" for c in brief.constraints]
    if brief.language:
        lines.append(f"Write in {brief.language}.")
    lines += [f"More like this: {t}" for t in brief.nearer_to]
    lines += [f"Less like this: {t}" for t in (*brief.away_from, *brief.avoid)]
    known = (*brief.keep, *call.avoid)
    if known:
        lines.append("Already said, so not these or anything close to them: " + "; ".join(known) + ".")
    return "\n".join(lines)


def _sections(text: str) -> dict[str, str]:
    parts = _SECTION.split(text)
    return {role: body.strip("\n") for role, body in zip(parts[1::2], parts[2::2], strict=True)}


def _tidy(text: str) -> str:
    """No gaps where an optional line stayed empty."""
    return _BLANK_RUN.sub("\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _persona(line: str) -> Persona:
    name, _, lens = line.partition(":")
    return Persona(name=name.strip(), lens=lens.strip())


def _read(path: Traversable) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BriefError(f"the prompt file {path.name} is not UTF-8 text.", hint="Save it as UTF-8.") from error
