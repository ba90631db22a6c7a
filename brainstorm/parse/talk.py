"""What a reply says to its reader about the ideas: announcements, farewells, offers, lists that hold none.

The forms are those of assistants in the languages people brainstorm in. The narrow ones (`is_closing`) are asked of
what stands behind the last idea, where an idea's own words could stand too; the broad one (`is_sign_off`) only of
what is nobody's already.
"""

from __future__ import annotations

import re

from brainstorm.parse.phrases import ABOUT, ASKING, ASKS, ASKS_WITHIN, BESIDE, BONUS, FAREWELL, SIGN_OFF
from brainstorm.parse.words import fold_key, is_part


def _any(phrases: tuple[str, ...], *, before: str = r"[\s*_>(¡¿~—–-]*", after: str = "") -> re.Pattern[str]:
    return re.compile(f"{before}(?:{'|'.join(phrases)}){after}", re.IGNORECASE)


_SIGN_OFF = _any(SIGN_OFF, before=r"[\s*_>(]*")
_FAREWELL = _any(FAREWELL)
_ASKS = _any(ASKS)
_ASKS_WITHIN = _any(ASKS_WITHIN, before="")
_ABOUT = _any(ABOUT)
_INTRO = re.compile(
    r"(?:sure|certainly|of course|absolutely|okay|ok|here(?:['’]s| are| is)|below (?:is|are)|the following|"
    r"great)\b",
    re.IGNORECASE,
)
_BESIDE = _any(BESIDE, before="")
_ASKING = _any(ASKING, before="")
_BONUS = _any(BONUS, before=r"[\s*_#>🎁✨⭐🌟💡]*", after=r"[*_]{0,3}\s?[:：–—][*_]{0,3}\s{0,8}(?=\S)")
# Words of titles that say only that the answer follows.
_EMPTY = frozenset(
    (
        "output", "outputs", "response", "responses", "answer", "answers", "result", "results", "json", "xml",
        "yaml", "jsonl", "csv", "format", "formatted", "final", "the", "my", "a", "ideas", "list", "here", "object",
        "array", "example", "sample", "generated", "structured", "solution", "reply", "ausgabe", "antwort", "ergebnis",
        "salida", "respuesta", "resultado", "saída", "resposta", "sortie", "réponse", "résultat", "risposta",
        "risultato", "вывод", "ответ", "результат", "输出", "結果", "结果", "回答", "答案", "出力", "출력", "응답",
        "답변", "결과", "الإجابة", "الناتج", "wynik", "odpowiedź", "çıktı", "yanıt", "and", "in", "as", "of", "for",
    )
)  # fmt: skip
_MOST = 600  # characters of a paragraph that takes leave


def is_sign_off(text: str) -> bool:
    """Whether prose that is no idea's takes leave, or speaks about the list."""
    said = text[:_MOST]
    return _SIGN_OFF.match(said) is not None or _FAREWELL.match(said) is not None


def is_farewell(text: str) -> bool:
    """Whether prose at the end of an answer speaks to the reader about the answer."""
    said = text[:_MOST]
    if _FAREWELL.match(said) is not None or (not said.isascii() and _ASKS_WITHIN.search(said) is not None):
        return True
    return _ASKS.match(said) is not None and any(mark in said for mark in "?？؟")


def is_closing(text: str) -> bool:
    """Whether a paragraph behind an idea's first takes leave, offers more, or speaks of all the ideas."""
    return is_farewell(text) or _ABOUT.match(text[:_MOST]) is not None


def is_intro(text: str) -> bool:
    """Whether prose announces what follows."""
    return _INTRO.match(text.lstrip(" *_#>")) is not None or text.rstrip(" *_").endswith((":", "："))


def is_beside(text: str) -> bool:
    """Whether a heading or a lead-in, standing behind ideas, announces a list that holds none of them."""
    said = text.strip()[:_MOST]
    bare = said.lstrip("#*_> ")
    while bare and not (bare[0].isalpha() or bare[0].isdigit()):  # an emoji
        bare = bare[1:]
    headed = said[:1] in "#*" or said.rstrip(" *_")[-1:] in (":", "：")
    if not headed or not bare:
        return False
    return _BESIDE.match(bare) is not None or (
        said.rstrip(" *_")[-1:] in (":", "：", "?", "？") and bool(_ASKING.search(said))
    )


def bonus(text: str) -> str | None:
    """What follows "Bonus idea:", "Honorable mention:" and the like, or `None`."""
    found = _BONUS.match(text[:_MOST])
    return text[found.end() :] if found else None


def names_nothing(title: str) -> bool:
    """Whether a title above a record says only that the answer follows: "Output", "JSON response"."""
    words = fold_key(title.strip("#*_:： ")).split("_")
    return 0 < len(words) <= 4 and all(word in _EMPTY for word in words) and not is_part(title)
