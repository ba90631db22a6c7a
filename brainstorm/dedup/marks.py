"""What the guards look at in a short text: its numbers with units, its negations, names and content words."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import chain, pairwise

from brainstorm.dedup.lazy import lazy
from brainstorm.dedup.numerals import NUMERALS, PERIODS, Number, read_numbers
from brainstorm.dedup.opposites import guard_words, opposites, phrase_ends, phrases
from brainstorm.dedup.reading import STOP_WORDS, Reading, bag
from brainstorm.dedup.roots import forms, root

MOST_WORDS = 40
"""Words of a text up to which guards apply: in a long answer one differing word decides nothing."""

_TOKEN = re.compile(
    r"(?:(?<![\w.,:/)])-)?\d+(?:[.,:/]\d+)*|(?<!\w)[A-Z]{1,2}-(?!\S)|[^\W\d_]+(?:'[^\W\d_]+)?(?:[+#]+(?!\w))?|[%$€£¥°]"
)
_DIGIT = re.compile(r"\d")
_FREE = re.compile(
    r"\b(?:(?:at|for) no (?:cost|charge)|free of charge|without (?:paying|charge|cost))\b", re.IGNORECASE
)
_FREE_WORDS = frozenset(("cost", "charge", "paying"))
"""One of them is in all that `_FREE` finds."""
_ROMAN = re.compile(r"([a-z]) (II{1,2}|IV|VI{1,3}|IX|X[IV]{1,3})(?![\w'])")
_ROMAN_ONE = re.compile(
    r"\b([Ww]ar|[Aa]ct|[Pp]art|[Bb]ook|[Tt]ype|[Ll]evel|[Pp]hase|[Vv]olume|[Vv]ersion) ([IVX])(?![\w'])"
)
_CAPITALS = re.compile(r" [IVX]+\b")
_ARABIC = {"I": 1, "V": 5, "X": 10}
_ARROW = re.compile(r"\s*(?:→|⇒|->|=>)\s*")
NEGATIONS = bag(
    "not no never without none nobody nothing neither nor cannot non stops stopping avoid avoids avoiding "
    "quit quits refuse refuses ban bans banning forbid prohibit prevent prevents preventing skip lacking lack "
    "lacks free hardly eliminate abolish"
)
"""Words that turn the meaning of their clause round."""
_EMPTY = STOP_WORDS | NEGATIONS
_TURNING = NEGATIONS | {"stop"}
_NUMBERED_LETTER = re.compile(r"(?<![\w.,])(\d+)([A-Za-z])(?!\w|\.\w)")
_LETTERED = re.compile(r"\b([A-Za-z]{2,}) ([A-HJ-Zb-hj-ru-z])(?![\w+#'&-]|\.\w)")
_SUBORDINATE = bag("but if when while because so that which who unless until where as since")
_FREE_AFTER = frozenset(["for", "to", "of", "and"])
DETERMINERS = bag("a an the this that these those my your our their his her its some any each every")
"""Words without which the order of the others is the same."""
_CONTRASTS = frozenset(("instead", "rather", "only", "just"))

_NUMBERED = NUMERALS | PERIODS
_NOTABLE = _NUMBERED | _FREE_WORDS
_UNMARKED = {"digits": False, "letters": True, "numbers": frozenset[Number](), "signed": frozenset[str]()}


class Marks:
    """The marks of one short text.

    Attributes:
        reading: the text, read.
        long: whether it is too long for guards.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.long = len(reading.words) > MOST_WORDS
        if reading.plain and reading.text[1:].islower() and _NOTABLE.isdisjoint(reading.vocabulary):
            # as most short texts are: of one without digits all this is known now
            self.__dict__.update({} if _DIGIT.search(reading.text) else _UNMARKED | {"text": reading.text})

    @lazy
    def text(self) -> str:
        """The text with its signs made plain: Roman numerals after a capitalised word, "at no cost", arrows."""
        text = self.reading.text
        free = any(word in self.reading.normal for word in _FREE_WORDS)
        if self.reading.plain and not (free and _FREE.search(text)) and not _CAPITALS.search(text):
            return text
        text = text.replace("’", "'")
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text).replace("⁄", "/").replace("−", "-")
        text = _ARROW.sub(" to ", _FREE.sub("free", text) if free else text)
        for roman in (_ROMAN, _ROMAN_ONE):
            text = roman.sub(lambda found: f"{found[1]} {_arabic(found[2])}", text)
        return text

    @lazy
    def digits(self) -> bool:
        """Whether there are any in it."""
        return bool(_DIGIT.search(self.text))

    @lazy
    def letters(self) -> bool:
        """Whether it is nothing but words of letters, and was so as it was read."""
        return self.reading.plain and self.text is self.reading.text and not self.digits

    @lazy
    def cased(self) -> tuple[str, ...]:
        """The tokens as written."""
        return tuple(self.text.rstrip(".!?").split() if self.letters else _TOKEN.findall(self.text))

    @lazy
    def tokens(self) -> tuple[str, ...]:
        """The tokens in lower case, "don't" and its like as "not", "an" as "a"."""
        if self.letters:
            words = self.reading.words
            return words if "an" not in words else tuple("a" if t == "an" else t for t in words)
        return tuple(
            "not" if t.endswith("n't") else "a" if t == "an" else t for t in (c.casefold() for c in self.cased)
        )

    @lazy
    def vocabulary(self) -> frozenset[str]:
        """The distinct tokens."""
        return self.reading.vocabulary if self.tokens is self.reading.words else frozenset(self.tokens)

    @lazy
    def stems(self) -> tuple[str, ...]:
        """The tokens' stems, in order."""
        return tuple(map(root, self.tokens))

    @lazy
    def stem_set(self) -> frozenset[str]:
        """The distinct stems."""
        return frozenset(self.stems)

    @lazy
    def ordered(self) -> tuple[str, ...]:
        """The tokens in order, without articles and their like."""
        return tuple(t for t in self.tokens if t not in DETERMINERS)

    @lazy
    def ordered_stems(self) -> tuple[str, ...]:
        """The stems of `ordered`."""
        return tuple(map(root, self.ordered))

    @lazy
    def sorted_stems(self) -> list[str]:
        """The same in order of the alphabet."""
        return sorted(self.ordered_stems)

    @lazy
    def forms(self) -> frozenset[str]:
        """The distinct tokens in all their forms; see `brainstorm.dedup.roots.forms`."""
        return frozenset(chain.from_iterable(map(forms, self.vocabulary)))

    @lazy
    def opposites(self) -> frozenset[str]:
        """What means the opposite of one of the text's words; see `brainstorm.dedup.opposites.opposites`."""
        return frozenset().union(*filter(None, map(opposites, self.vocabulary - NEGATIONS)))

    @lazy
    def phrases(self) -> frozenset[tuple[str, str]]:
        """The phrases in it that have an opposite, unless both ends are named; see `brainstorm.dedup.opposites`."""
        if phrase_ends().isdisjoint(self.vocabulary):
            return frozenset()
        both = {
            (a, b)
            for a, sign, b in zip(self.tokens, self.tokens[1:], self.tokens[2:], strict=False)
            if sign in ("and", "or")
        }
        return frozenset(
            pair
            for pair in pairwise(self.tokens)
            if (other := phrases().get(pair)) and both.isdisjoint(((pair[1], other[1]), (other[1], pair[1])))
        )

    @lazy
    def content(self) -> frozenset[str]:
        """Stems of words that say something, without numbers and negations."""
        return frozenset(self.spelled)

    @lazy
    def spelled(self) -> dict[str, str]:
        """The words of `content`, by their stems."""
        return {root(t): t for t in self.tokens if t not in _EMPTY and t[0].isalpha()}

    @lazy
    def numbers(self) -> frozenset[Number]:
        """The numbers in it."""
        if not self.digits and _NUMBERED.isdisjoint(self.vocabulary):
            return frozenset()
        return read_numbers(self.tokens)

    @lazy
    def negations(self) -> tuple[int, int | None]:
        """How many words turn the main clause's meaning round, and the same of clauses after it, if any."""
        if _TURNING.isdisjoint(self.vocabulary):
            return 0, None if _SUBORDINATE.isdisjoint(self.tokens[1:]) else 0
        main, rest = 0, None
        for k, token in enumerate(self.tokens):
            if token in _SUBORDINATE and k:
                rest = rest or 0
            elif self._negates(k):
                main, rest = (main + 1, None) if rest is None else (main, rest + 1)
        return main, rest

    def _negates(self, k: int) -> bool:
        token, after = self.tokens[k], self.tokens[k + 1] if k + 1 < len(self.tokens) else ""
        if token in ("no", "not") and after in ("more", "less", "fewer") and self.tokens[k + 2 : k + 3] == ("than",):
            return False  # the bound of a number
        if token in ("stops", "stopping"):
            return after.endswith("ing")
        if token == "stop":  # "a door stop" stops nothing else
            return after.endswith("ing") or (k == 0 and after not in ("", "for"))
        if token == "free":  # "sugar-free" does without, "free for all" does not
            compound = k > 0 and f"{self.cased[k - 1]}-{self.cased[k]}" in self.text
            return compound and after not in _FREE_AFTER
        return token in NEGATIONS

    @lazy
    def signed(self) -> frozenset[str]:
        """Words that end in a sign which makes another word of them: "c++", "a-"."""
        return frozenset(t for t in self.tokens if t[0].isalpha() and t[-1] in "+#-")

    @lazy
    def lettered(self) -> frozenset[tuple[str, str]]:
        """Letters that tell apart what has one name, with that name or number: "vitamin C", "room 12b"."""
        found = _LETTERED.findall(self.text) + (_NUMBERED_LETTER.findall(self.text) if self.digits else [])
        return frozenset((name.casefold(), letter.casefold()) for name, letter in found)

    @lazy
    def contrast(self) -> bool:
        """Whether it says "instead of" or the like: then a negation may say the same the other way round."""
        return bool(_CONTRASTS & set(self.tokens))

    @lazy
    def names(self) -> frozenset[str]:
        """Names: capitalised words that are not so for their place, and in titles only those known as names."""
        text = self.text
        if text[1:] == text[1:].lower() and (not self.tokens or self.tokens[0] not in proper_nouns()):
            return frozenset()
        found, inner, capital = [], 0, 0
        fresh = True
        for match in _TOKEN.finditer(self.text):
            token = match.group()
            if token[0].isalpha() and token.casefold() not in STOP_WORDS:
                if not fresh:
                    inner += 1
                    capital += token[0].isupper()
                known = token.casefold() in proper_nouns()
                if token[0].isupper() and len(token) > 1 and (known or not fresh):
                    found.append((token.removesuffix("'s"), known))
            rest = self.text[match.end() : match.end() + 2].lstrip(" ")
            fresh = rest[:1] in (".", ":", "!", "?", ";", "\n", '"', "“", "-", "–", "(", "/", "*")
        titled = inner > 0 and capital > 0.6 * inner
        return frozenset(token for token, known in found if known or not titled)


def _arabic(roman: str) -> int:
    values = [_ARABIC[c] for c in roman]
    return sum(-v if v < max(values[k:]) else v for k, v in enumerate(values))


@cache
def proper_nouns() -> frozenset[str]:
    """Common words, lower case, that WordNet knows as names only."""
    return frozenset(guard_words()["names"].split())
