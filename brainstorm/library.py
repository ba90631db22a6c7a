"""The prompt templates, personas, lenses, constraints and words: plain files, shipped or a writer's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Final

from brainstorm.brief import Brief, Persona
from brainstorm.calls import Call
from brainstorm.errors import BriefError
from brainstorm.examples import Example, parse_examples
from brainstorm.plan import Known, plan
from brainstorm.techniques import Technique

PLACEHOLDERS: Final = ("topic", "k", "extra", "angle", "persona_line", "from_persona", "cap")
"""What a template may name after a dollar sign; `prompting.render` fills them."""

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
        BriefError: `folder` is not a folder; a file in it has a name that no shipped one has, is not UTF-8 text, has
            no [user] section, or names a placeholder that there is not; or a persona has no name.
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
        mine = {f.name: f for f in own.iterdir() if f.suffix.lower() in {".md", ".txt"} and f.stem.lower() != "readme"}
        for name in sorted(mine.keys() - found.keys()):
            near = get_close_matches(name.lower(), found, n=1) or ["one of the shipped ones"]
            raise BriefError(
                f"no prompt file is called {name}, so nothing would read it.",
                hint=f"Did you mean {near[0]}? There are: {', '.join(sorted(found))}.",
            )
        for name, file in mine.items():
            if name.endswith(".md"):
                _check_placeholders(name, _read(file), {*PLACEHOLDERS, *_named(_read(found[name]))})
        found |= mine
    texts = {name: _read(path) for name, path in sorted(found.items())}
    templates = {name.removesuffix(".md"): text for name, text in texts.items() if name.endswith(".md")}
    for name, text in templates.items():
        sections = sections_of(text)
        if "user" not in sections:
            raise BriefError(f"the template {name}.md has no [user] section.", hint="Put [user] on a line of its own.")
        if "topic" not in _named("\n".join(sections.values())):
            raise BriefError(
                f"the template {name}.md never names $topic, so no model would be told it.",
                hint="Put $topic where the topic belongs.",
            )
    return Library(
        templates=templates,
        personas=_personas("personas.txt", texts),
        small_personas=_personas("small_personas.txt", texts),
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


def _personas(file: str, texts: Mapping[str, str]) -> tuple[Persona, ...]:
    found = []
    for number, line in enumerate(texts[file].splitlines(), 1):
        name, _, lens = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        try:
            found.append(Persona(name=name.strip(), lens=lens.strip()))
        except ValueError as error:
            raise BriefError(
                f"{file}, line {number}, is no persona: {line.strip()[:80]!r}.",
                hint='Write "a name: what they think of", or put # before it.',
            ) from error
    if not found:
        raise BriefError(f"{file} names nobody.", hint='Write a line such as "a carpenter: what can be made by hand".')
    return tuple(found)


def _named(text: str) -> set[str]:
    return set(Template(text).get_identifiers())


def _check_placeholders(name: str, text: str, known: Collection[str]) -> None:
    template = Template(text)
    wrong = sorted(_named(text) - set(known))
    if wrong or not template.is_valid():
        which = f"${wrong[0]}" if wrong else "a dollar sign alone"
        raise BriefError(
            f"the template {name} has an unknown or malformed placeholder: {which}.",
            hint=f"Use ${', $'.join(sorted(known))}, and $$ for a dollar sign.",
        )


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
