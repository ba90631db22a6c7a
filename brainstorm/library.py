"""The prompt templates, personas, lenses, constraints and words: plain files, shipped or a writer's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from brainstorm.brief import Brief, Persona
from brainstorm.calls import Call
from brainstorm.errors import BriefError
from brainstorm.examples import Example, parse_examples
from brainstorm.plan import Known, plan
from brainstorm.techniques import Technique

_SECTION = re.compile(r"^\[(system|user|again)\][ \t]*$", re.M)


@dataclass(frozen=True, slots=True)
class Library:
    """The prompt templates, personas and lenses a run draws on.

    Attributes:
        templates: name → text with a `[user]` section, and maybe a `[system]` section and an `[again]` section for
            the later turns of a conversation.
        personas: who to ask as.
        small_personas: the same for small models, in a word or two each.
        lenses: angles to look from.
        examples: worked examples for techniques that show some.
        constraints: limits that a call may be told to keep to.
        words: words that a call may start from.
    """

    templates: Mapping[str, str]
    personas: tuple[Persona, ...]
    small_personas: tuple[Persona, ...]
    lenses: tuple[str, ...]
    examples: tuple[Example, ...]
    constraints: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def plan(self, brief: Brief, known: Known, how: Technique, *, models: int = 1) -> tuple[Call, ...]:
        """The calls of the next round, as `brainstorm.plan.plan` makes them of these personas, lenses and words."""
        return plan(
            brief,
            known,
            how,
            personas=self.small_personas if how.examples else self.personas,
            lenses=self.lenses,
            constraints=self.constraints,
            words=self.words,
            models=models,
        )


def load_library(folder: str | Path | None = None) -> Library:
    """The shipped library, with any file of the same name in `folder` in its place.

    Raises:
        BriefError: `folder` is not a folder, or a file in it is not UTF-8 text or has no [user] section.
    """
    return _shipped() if folder is None else _load(folder)


@lru_cache(maxsize=1)
def _shipped() -> Library:
    return _load(None)


def _load(folder: str | Path | None) -> Library:
    shipped = files("brainstorm.prompts")
    own = Path(folder) if folder is not None else None
    if own is not None and not own.is_dir():
        raise BriefError(
            f"no folder of prompts at {folder}.", hint="Give a folder that holds templates such as list.md."
        )
    found: dict[str, Traversable] = {f.name: f for f in shipped.iterdir() if f.name.endswith((".md", ".txt"))}
    if own is not None:
        found |= {f.name: f for f in own.iterdir() if f.suffix in {".md", ".txt"}}
    texts = {name: _read(path) for name, path in sorted(found.items())}
    templates = {name.removesuffix(".md"): text for name, text in texts.items() if name.endswith(".md")}
    for name, text in templates.items():
        if "user" not in sections_of(text):
            raise BriefError(f"the template {name}.md has no [user] section.", hint="Put [user] on a line of its own.")
    return Library(
        templates=templates,
        personas=tuple(_persona(line) for line in _lines(texts["personas.txt"])),
        small_personas=tuple(_persona(line) for line in _lines(texts["small_personas.txt"])),
        lenses=tuple(_lines(texts["lenses.txt"])),
        examples=_examples(texts["small_examples.txt"]),
        constraints=tuple(_lines(texts["constraints.txt"])),
        words=tuple(_lines(texts["words.txt"])),
    )


def sections_of(text: str) -> dict[str, str]:
    """The parts of a template, by role."""
    parts = _SECTION.split(text)
    return {role: body.strip("\n") for role, body in zip(parts[1::2], parts[2::2], strict=True)}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _persona(line: str) -> Persona:
    name, _, lens = line.partition(":")
    return Persona(name=name.strip(), lens=lens.strip())


def _examples(text: str) -> tuple[Example, ...]:
    try:
        return parse_examples(text)
    except ValueError as error:
        raise BriefError(f"small_examples.txt: {error}") from error


def _read(path: Traversable) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BriefError(f"the prompt file {path.name} is not UTF-8 text.", hint="Save it as UTF-8.") from error
