"""Makes `brainstorm/dedup/guard_words.json`: English words that mean opposite things or the same, and names.

    apt-get install wordnet-base
    python bench/guard_words.py

From WordNet 3.0 (Princeton; its licence lets anyone use it for any purpose): antonyms among the 21,000 words
that the embedding table has whole. Pairs that the library's authors added stand in `ADDED`, words of which no
two go together in `SETS`. Words that share a sense, or whose senses are one step apart from the special to the
general, are listed where the table does not already tell: both senses must occur in WordNet's tagged text.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from brainstorm.dedup.slot import related
from brainstorm.embedding.static import word_ranks

WORDNET = Path("/usr/share/wordnet")
ADDED = """accept decline, add remove, always rarely, attach detach, automatic manual, before after, borrow lend,
buy sell, charge discharge, cheap expensive, collect distribute, cold warm, cool warm, cost free, cover uncover,
days nights, decentralised centralised, domestic foreign, downstairs upstairs, east west, empty fill, empty full,
enter exit, everybody nobody, everyone nobody, fake real, fast slow, few many, fewer more, fiction nonfiction,
forbid allow, formal casual, fresh stale, frozen fresh, hide show, hot cold, import export, include exclude,
indoor outdoor, indoors outdoors, inside outside, less more, lock unlock, lower raise, major minor, married single,
men women, male female, boys girls, boy girl, man woman, mother father, husband wife, brother sister, king queen,
near far, new old, new used, north south, nothing everything, offline online, on off, open close, open closed,
opens closes, permanent temporary, plug unplug, private public, push pull, quiet loud, remote onsite, rent buy,
rich poor, save spend, save waste, short long, small big, small large, soft hard, soften harden, sooner later,
start stop, start finish, start end, begin end, begin finish, sweet sour, sweet salty, sweet bitter, tall short,
thick thin, tie untie, top bottom, turn-on turn-off, up down, upload download, vegan meaty, wet dry, win lose,
wide narrow, with without, young old, love hate, strong weak, heavy light, dark light, dark bright, deep shallow,
increase decrease, increase reduce, increase cut, raise reduce, grow shrink, expand reduce, more less, extend shorten,
lengthen shorten, hire fire, build demolish, build destroy, create destroy, give take, give receive, send receive,
teach learn, encourage discourage, enable disable, include omit, keep discard, keep remove, gain lose, heat cool,
freeze thaw, freeze melt, lend borrow, arrive leave, arrive depart, alive dead, asleep awake, ancient modern,
early late, easy difficult, easy hard, expensive affordable, costly cheap, front back, left right, first last,
natural artificial, natural synthetic, single multiple, individual group, solo group, alone together, horizontal
vertical, urban rural, wild tame, winter summer, maximum minimum, maximise minimise, maximize minimize, legal
illegal, mandatory optional, mandatory voluntary, paid free, paid unpaid, positive negative, pessimistic optimistic,
shorten lengthen, simple complex, simple complicated, smooth rough, speed slow, accelerate decelerate, tighten loosen,
tight loose, tenant landlord, employer employee, buyer seller, teacher student, doctor patient, pro anti,
host guest, author reader, spicy mild, transparent opaque, true false, useful useless, visible invisible, wake sleep, clean dirty, clean
pollute, protect harm, help harm, protect endanger, save endanger, digital analog, digital paper, hot iced,
married divorced, earn spend"""
SETS = [
    "monday tuesday wednesday thursday friday saturday sunday weekday weekend",
    "january february march april may june july august september october november december",
    "spring summer autumn winter", "spring summer fall winter",
    "morning noon afternoon evening night midnight", "breakfast lunch dinner supper brunch",
    "hourly daily weekly monthly quarterly yearly", "red orange yellow green blue purple pink brown black white grey",
    "north south east west northern southern eastern western", "children adults seniors", "kids adults seniors",
    "toddlers teenagers adults", "beginners experts", "morning evening", "am pm", "yesterday today tomorrow",
    "past present future", "gold silver bronze", "single double triple quadruple",
    "land sea air", "solid liquid gas", "small medium large", "walk run swim fly", "metal wood plastic glass paper",
]  # fmt: skip


PHRASES = [
    "opt in|opt out", "log in|log out", "log on|log off", "sign in|sign out", "check in|check out",
    "clock in|clock out", "zoom in|zoom out", "phase in|phase out", "move in|move out", "eat in|eat out",
    "dine in|dine out", "stay in|stay out", "for him|for her", "opting in|opting out", "logging in|logging out",
    "checking in|checking out", "signing in|signing out",
]  # fmt: skip
"""Two words each that stand side by side, opposed as they do and not word by word: "in" and "out" alone are not."""


def wordnet_pairs() -> set[tuple[str, str]]:
    """Antonyms of single common words."""
    common = word_ranks()
    lines = {}
    for kind in ("noun", "verb", "adj", "adv"):
        for line in (WORDNET / f"data.{kind}").read_text("utf-8").splitlines():
            if not line.startswith("  "):
                fields = line.partition(" | ")[0].split()
                lines[kind[0] if kind != "adv" else "r", fields[0]] = fields
    found = set()
    for fields in lines.values():
        count = int(fields[3], 16)
        words = [re.sub(r"\(.*\)", "", w).lower() for w in fields[4 : 4 + 2 * count : 2]]
        at = 4 + 2 * count
        for p in range(int(fields[at])):
            symbol, offset, kind, ends = fields[at + 1 + 4 * p : at + 5 + 4 * p]
            if symbol != "!":
                continue
            other = lines["a" if kind == "s" else kind, offset]
            here, there = (
                words[int(ends[:2], 16) - 1],
                re.sub(r"\(.*\)", "", other[4 + 2 * (int(ends[2:], 16) - 1)]).lower(),
            )
            if here in common and there in common and here != there:
                found.add((min(here, there), max(here, there)))
    return found


def names() -> set[str]:
    """Common words that stand in WordNet with a capital only: Paris, Monday, Picasso."""
    small, capital = set(), set()
    for kind in ("noun", "verb", "adj", "adv"):
        for line in (WORDNET / f"data.{kind}").read_text("utf-8").splitlines():
            if line.startswith("  "):
                continue
            fields = line.partition(" | ")[0].split()
            for word in fields[4 : 4 + 2 * int(fields[3], 16) : 2]:
                for part in word.split("_"):
                    (capital if part[:1].isupper() else small).add(part.lower())
    return {w for w in capital - small if w in word_ranks() and w.isalpha() and len(w) > 2}


def alike() -> list[str]:
    """Pairs of common words that may stand for each other, though the table finds them unlike."""
    common, tagged = word_ranks(), set()
    for line in (WORDNET / "cntlist.rev").read_text("utf-8").splitlines():
        key, number, _ = line.split()
        tagged.add((key.split("%")[0], key.split("%")[1][0], int(number)))
    rows = {}
    for number, kind in (("1", "noun"), ("2", "verb"), ("3", "adj")):
        index = {}
        for line in (WORDNET / f"index.{kind}").read_text("utf-8").splitlines():
            if not line.startswith("  "):
                fields = line.split()
                senses = fields[-int(fields[2]) :]
                index[fields[0]] = {
                    offset
                    for k, offset in enumerate(senses, 1)
                    if (fields[0], number, k) in tagged or (number == "3" and (fields[0], "5", k) in tagged)
                }
        for line in (WORDNET / f"data.{kind}").read_text("utf-8").splitlines():
            if line.startswith("  "):
                continue
            fields = line.partition(" | ")[0].split()
            count = int(fields[3], 16)
            words = {
                w for w in (re.sub(r"\(.*\)", "", f).lower() for f in fields[4 : 4 + 2 * count : 2])
                if w in common and len(w) > 2 and fields[0] in index.get(w, ())
            }  # fmt: skip
            at = 4 + 2 * count
            # adjectives have no more general ones, but others that are similar
            up = [fields[at + 2 + 4 * p] for p in range(int(fields[at])) if fields[at + 1 + 4 * p] in ("@", "&")]
            rows[kind, fields[0]] = words, up
    pairs = set()
    for (kind, _), (words, up) in rows.items():
        wider = words.union(*(rows[kind, offset][0] for offset in up if (kind, offset) in rows))
        pairs |= {(min(a, b), max(a, b)) for a in words for b in wider if a != b}
    return sorted(f"{a} {b}" for a, b in pairs if not related(a, b))


FIELDS = {"05": "animal", "06": "artifact", "13": "food", "18": "person", "20": "plant", "27": "substance"}
"""WordNet's lexicographer files of things: what belongs to one of them is told apart by kind."""

SENSES = 4
"""Senses of a word that count, the most frequent first."""


def kinds() -> list[str]:
    """The tree of the things that common nouns name: each line its words, "|", and the numbers of the lines above."""
    common, rows, index = word_ranks(), {}, {}
    for line in (WORDNET / "data.noun").read_text("utf-8").splitlines():
        if not line.startswith("  "):
            fields = line.partition(" | ")[0].split()
            at = 4 + 2 * int(fields[3], 16)
            up = [fields[at + 2 + 4 * p] for p in range(int(fields[at])) if fields[at + 1 + 4 * p] == "@"]
            rows[fields[0]] = fields[1], up
    for line in (WORDNET / "index.noun").read_text("utf-8").splitlines():
        if not line.startswith("  "):
            fields = line.split()
            index[fields[0]] = fields[-int(fields[2]) :][:SENSES]
    words: dict[str, list[str]] = {}
    for word, senses in index.items():
        if len(word) > 2 and word.isalpha():
            for offset in senses:
                if rows[offset][0] in (FIELDS if word in common else ("13",)):  # food: also what is rarely spoken of
                    words.setdefault(offset, []).append(word)
    wanted = set(words)
    while more := {up for offset in wanted for up in rows[offset][1] if rows[up][0] == rows[offset][0]} - wanted:
        wanted |= more
    # from the general to the special, so that a line's number is known when it is needed
    number: dict[str, int] = {}
    lines = []

    def add(offset: str) -> None:
        if offset in number:
            return
        above = [up for up in rows[offset][1] if up in wanted and rows[up][0] == rows[offset][0]]
        for up in above:
            add(up)
        number[offset] = len(lines)
        field = FIELDS[rows[offset][0]][:2] if not above else ""
        lines.append(
            " ".join(sorted(words.get(offset, [])))
            + "|"
            + " ".join([field, *(str(number[up]) for up in above)]).strip()
        )

    for offset in sorted(wanted):
        add(offset)
    return lines


def verbs() -> set[str]:
    """Common words that WordNet's tagged text has more often as verbs than as nouns or adjectives."""
    counts: dict[str, dict[str, int]] = {}
    for line in (WORDNET / "cntlist.rev").read_text("utf-8").splitlines():
        key, _, times = line.split()
        word, _, sense = key.partition("%")
        counts.setdefault(word, {}).setdefault(sense[0], 0)
        counts[word][sense[0]] += int(times)
    return {
        w for w, by_kind in counts.items()
        if w in word_ranks() and by_kind.get("2", 0) > sum(by_kind.get(k, 0) for k in "135")
    }  # fmt: skip


def main() -> None:
    """Writes the file."""
    added = {tuple(sorted(pair.split())) for pair in ADDED.replace("\n", " ").split(", ")}
    pairs = sorted({*wordnet_pairs(), *added})
    data = {
        "made_by": "bench/guard_words.py",
        "source": "WordNet 3.0 antonyms (WordNet licence), and pairs and sets written for this library",
        "pairs": [" ".join(p) for p in pairs],
        "sets": SETS,
        "phrases": PHRASES,
        "alike": alike(),
        "names": " ".join(sorted(names())),
        "kinds": kinds(),
        "verbs": " ".join(sorted(verbs())),
    }
    out = Path(__file__).parents[1] / "brainstorm" / "dedup" / "guard_words.json"
    out.write_text(json.dumps(data, indent=0) + "\n", "utf-8")
    print(len(pairs), "pairs,", out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
