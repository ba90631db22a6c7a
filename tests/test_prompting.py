from __future__ import annotations

from pathlib import Path

import pytest

from brainstorm.brief import Brief, Message, Persona
from brainstorm.calls import Call
from brainstorm.errors import BriefError
from brainstorm.library import PLACEHOLDERS, load_library
from brainstorm.prompting import render

LIBRARY = load_library()
CALL = Call(id="1.01", technique="t", template="vs_tails", k=5, seed=1, cap=0.1)


@pytest.mark.parametrize("template", sorted(t for t in LIBRARY.templates if "judge" not in t))
def test_every_template_says_the_topic_and_how_many(template: str) -> None:
    call = Call(
        id="1.01", technique="t", template=template, k=7, seed=1, persona=Persona(name="a tailor", lens="seams")
    )
    *_, (role, text) = render(call, Brief(topic="Uses of a $5 {bill} 50% off"), LIBRARY)
    assert role == "user"
    assert "Uses of a $5 {bill} 50% off" in text
    assert "7" in text
    everything = "\n".join(t for _, t in render(call, Brief(topic="t"), LIBRARY))
    assert "a tailor" in everything
    assert "\n\n\n" not in everything
    assert "$" not in everything


def test_all_that_the_brief_says_reaches_the_prompt() -> None:
    brief = Brief(
        topic="t", constraints=("under five words",), language="Dutch", avoid=("puns",), keep=("Loaf",),
        nearer_to=("Rye",), away_from=("Oven",), messages=(Message(role="system", content="Be kind."),
        Message(role="user", content="Hi"), Message(role="assistant", content="Hello")),
    )  # fmt: skip
    call = Call(
        id="1.01", technique="t", template="vs_tails", k=5, seed=1, cap=0.05, lens="upside down", avoid=("Bun",)
    )
    messages = render(call, brief, LIBRARY)
    text = messages[-1][1]
    for part in ("under five words", "Dutch", "puns", "Loaf", "Rye", "Oven", "Bun", "upside down", "0.05"):
        assert part in text
    assert [role for role, _ in messages] == ["system", "user", "assistant", "user"]
    assert messages[0][1].startswith("Be kind.")


def test_a_folder_of_ones_own_replaces_files_by_name(tmp_path: Path) -> None:
    (tmp_path / "vs_tails.md").write_text("[user]\nSay $k odd things about $topic.\n", encoding="utf-8")
    (tmp_path / "personas.txt").write_text("# mine\na cooper: barrels\n", encoding="utf-8")
    own = load_library(str(tmp_path))
    assert render(CALL, Brief(topic="tea"), own) == (("user", "Say 5 odd things about tea."),)
    assert own.personas == (Persona(name="a cooper", lens="barrels"),)
    assert own.lenses == LIBRARY.lenses


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no section", r"no \[user\]"),
        ("[user]\n$nonsense", "nonsense"),
        ("[user]\n5 $", "placeholder"),
        ("[user]\nSay ideas.", "never names"),
    ],
)
def test_a_broken_template_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "vs_tails.md").write_text(text, encoding="utf-8")
    with pytest.raises(BriefError, match=says):
        render(CALL, Brief(topic="t"), load_library(str(tmp_path)))


def test_a_missing_folder_or_template_or_a_binary_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match="no folder"):
        load_library(str(tmp_path / "nowhere"))
    with pytest.raises(BriefError, match="There are"):
        render(Call(id="1.01", technique="t", template="none", k=5, seed=1), Brief(topic="t"), LIBRARY)
    (tmp_path / "lenses.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BriefError, match="UTF-8"):
        load_library(str(tmp_path))


def test_the_library_is_well_stocked_and_unique() -> None:
    assert len(LIBRARY.personas) >= 40
    assert len(LIBRARY.lenses) >= 15
    assert len({p.name for p in LIBRARY.personas}) == len(LIBRARY.personas)
    assert all(p.lens for p in LIBRARY.personas)


@pytest.mark.parametrize(
    ("name", "meant"), [("lists.md", "list.md"), ("VS_Tails.md", "vs_tails.md"), ("lens.txt", "lenses")]
)
def test_a_file_that_nothing_would_read_is_refused(tmp_path: Path, name: str, meant: str) -> None:
    (tmp_path / "README.md").write_text("Mine.", encoding="utf-8")
    load_library(str(tmp_path))
    (tmp_path / name).write_text("[user]\n$topic", encoding="utf-8")
    with pytest.raises(BriefError, match=f"{name}.*Did you mean {meant}"):
        load_library(str(tmp_path))


@pytest.mark.parametrize("text", ["$topci", "$topic costs 5 $", "$lens", "$persona"])
def test_a_wrong_placeholder_is_told_before_anything_is_asked(tmp_path: Path, text: str) -> None:
    (tmp_path / "list.md").write_text(f"[user]\n{text}", encoding="utf-8")
    with pytest.raises(BriefError, match=r"list\.md.*placeholder(?s:.*)\$persona_line"):
        load_library(str(tmp_path))


def test_every_placeholder_can_be_filled(tmp_path: Path) -> None:
    everything = " ".join(f"${name}" for name in PLACEHOLDERS)
    (tmp_path / "vs_tails.md").write_text(f"[user]\n{everything}", encoding="utf-8")
    [(_, text)] = render(CALL, Brief(topic="tea"), load_library(str(tmp_path)))
    assert text.startswith("tea 5")


def test_a_bad_persona_is_found_by_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "personas.txt").write_text("# mine\na cooper: barrels\n: nothing\n", encoding="utf-8")
    with pytest.raises(BriefError, match=r"personas\.txt, line 3"):
        load_library(str(tmp_path))


def test_a_file_of_personas_that_names_nobody_is_refused(tmp_path: Path) -> None:
    (tmp_path / "personas.txt").write_text("# none yet\n", encoding="utf-8")
    with pytest.raises(BriefError, match=r"personas\.txt names nobody"):
        load_library(tmp_path)
