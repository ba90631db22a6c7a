"""Which values of a JSON reply are ideas."""

from __future__ import annotations

from collections import Counter

from brainstorm.parse.jsonquotes import starts_json
from brainstorm.parse.jsonread import JsonReader
from brainstorm.parse.jsonvalues import Array, Container, Number, Object, Str, Value
from brainstorm.parse.probability import MISSING, UNSTATED, Stated, own_line, read_probability
from brainstorm.parse.sink import Sink
from brainstorm.parse.words import (
    fold_key,
    heading_rank,
    is_aside,
    is_known,
    probability_rank,
    split_index,
    text_rank,
)

_VERSES = frozenset(["lines", "verses", "stanzas", "paragraphs"])  # of one text, where the record has more fields
_COLLECTION = frozenset(["list", "items", "data", "results", "output", "outputs", "entries", "set"])


def _is_collection(key: str) -> bool:
    key = fold_key(key)
    if is_aside(key):
        return False
    singular = key[:-3] + "y" if key.endswith("ies") else key[:-1]
    named = key.endswith("s") and (text_rank(singular) is not None or heading_rank(singular) is not None)
    return named or key in _COLLECTION


def _rooted(node: Container | None) -> bool:
    """Whether only mappings, none of them holding an idea, stand between a node and the root."""
    while isinstance(node, Object):
        if node.has_text:
            return False
        node = node.parent
    return node is None


def _names_one(stem: str, index: str) -> bool:
    """Whether a key such as "idea_3" or "3" stands for one idea."""
    return bool(index) and (not stem or text_rank(stem) is not None or stem in ("entry", "result"))


def _text_rank(key: str) -> int | None:
    return 99 if key in _VERSES else text_rank(key)


def _joined(node: Array) -> str:
    """A text given line by line, perhaps stanza by stanza."""
    stanzas = [_joined(v) for v in node.items if isinstance(v, Array)]
    return "\n\n".join(filter(None, stanzas)) or "\n".join(str(v) for v in node.items if isinstance(v, Str))


def _spread(key: str, node: Container) -> list[tuple[str, Value]]:
    """A probability given as a record or list, `{"value": 0.1, "label": "low"}`: its number, then the rest."""
    inner = node.pairs if isinstance(node, Object) else [(key, v) for v in node.items]
    at = next((i for i, (_, v) in enumerate(inner) if isinstance(v, str) and read_probability(v).value is not None), -1)
    return [(key if i == at else f"{key} note", value) for i, (_, value) in enumerate(inner)]


def _repeats(pairs: list[tuple[str, Value]]) -> list[list[tuple[str, Value]]]:
    """Several records written into one mapping, told by a key that comes again; [] for one record."""
    if len(pairs) < 2:
        return []
    counts = Counter(fold_key(k) for k, v in pairs if isinstance(v, Str))
    if not any(count > 1 and text_rank(k) is not None for k, count in counts.items()):
        return []
    groups: list[list[tuple[str, Value]]] = [[]]
    seen: set[str] = set()
    for key, value in pairs:
        if fold_key(key) in seen:
            groups.append([])
            seen = set()
        seen.add(fold_key(key))
        groups[-1].append((key, value))
    return groups


class JsonIdeas:
    """Hears values as they complete; tells the sink of each idea as soon as nothing later can change it."""

    def __init__(self, sink: Sink, nested: int = 0) -> None:
        self.sink = sink
        self.nested = nested  # how many strings deep this JSON was written

    # what the reader calls

    def value(self, container: Container, key: str | None, value: Value) -> bool:
        """See `Listener.value`."""
        if isinstance(value, (Object, Array)) and value.spoken:
            self._finish_spoken(value)
            container.spoken = True
            return False
        if isinstance(container, Array):
            if not self._streams(container, value):
                return True
            return self._element(container, value)
        stem, index = split_index(key or "")
        if index:
            if container.index not in ("", index) and _rooted(container):
                self._flush_indexed(container)
            container.index = index
        if isinstance(value, Object) and _names_one(stem, index) and _rooted(container):
            if self._object(value, None):
                container.spoken = True
            return False
        if isinstance(value, Str):
            folded = fold_key(key or "")
            container.has_text = container.has_text or text_rank(folded) is not None
            container.has_title = container.has_title or heading_rank(folded) is not None
        return True

    def root(self, value: Container) -> None:
        """See `Listener.root`."""
        if value.spoken:
            self._finish_spoken(value)
        elif isinstance(value, Object):
            self._object(value, None)
        else:
            self._array(value)

    def stray(self, container: Container, text: str) -> None:
        """See `Listener.stray`."""
        said = own_line(text.strip().strip("()[] "))
        if said is not None and said.value is not None and isinstance(container, Object):
            container.pairs.append(("probability", Number(text.strip().strip("()[] ").split(":")[-1])))
        else:
            self.sink.leave(text)

    def comment(self, text: str) -> None:
        """See `Listener.comment`."""
        self.sink.leave(text)

    def _field(self, text: str, heading: str | None, stated: Stated, *, complete: bool = True) -> bool:
        """An idea; or, when its text is JSON written out as a string, the ideas in that."""
        if self.nested < 2 and text[:1] in ("{", "[") and starts_json(text, 0, True):
            inner = JsonIdeas(self.sink, self.nested + 1)
            before = self.sink.told
            reader = JsonReader(inner)
            reader.read(text, 0, True)
            reader.finish()
            if self.sink.told > before:
                return True
        return self.sink.field(text, heading, stated, complete=complete)

    # lists

    @staticmethod
    def _streams(node: Array, value: Value) -> bool:
        parent = node.parent
        if parent is None:
            return True
        if isinstance(parent, Array):
            return isinstance(value, Object)
        if is_aside(fold_key(node.key or "")) or parent.has_text:
            return False
        key = fold_key(node.key or "")
        if key in _VERSES and (parent.has_title or isinstance(parent.parent, Array)):
            return False
        if _is_collection(key) or (isinstance(value, Object) and text_rank(key) is not None):
            return True
        return _rooted(parent) and not parent.has_title

    def _element(self, container: Array, value: Value) -> bool:
        if isinstance(value, Object):
            spoken = self._object(value, None)
        elif isinstance(value, Array):
            spoken = self._array(value)
        elif isinstance(value, Str):
            spoken = self._field(value, None, UNSTATED, complete=not value.cut)
        else:
            self.sink.leave(value)
            spoken = False
        container.spoken = container.spoken or spoken
        return False

    def _array(self, node: Array) -> bool:
        """A list nobody streamed: a pair of idea and number, or ideas."""
        strings = [v for v in node.items if isinstance(v, Str)]
        numbers = [v for v in node.items if isinstance(v, Number)]
        if len(strings) in (1, 2) and len(numbers) == 1 and len(node.items) == len(strings) + 1:
            heading = str(strings[0]) if len(strings) == 2 else None
            return self._field(strings[-1], heading, read_probability(numbers[0]), complete=not node.cut)
        spoken = False
        for item in node.items:
            if isinstance(item, Object):
                spoken |= self._object(item, None)
            elif isinstance(item, Array):
                spoken |= self._array(item)
            elif isinstance(item, Str):
                spoken |= self._field(item, None, UNSTATED, complete=not item.cut)
            else:
                self.sink.leave(item)
        return spoken

    # mappings

    def _flush_indexed(self, node: Object, *, cut: bool = False) -> None:
        """`{"1": "a", "2": "b"}`: the pairs of one number are complete when another number comes."""
        since = node.pairs[node.run :]
        said = [(split_index(k)[0] or "text", v) for k, v in since if split_index(k)[1] == node.index]
        node.pairs[node.run :] = [(k, v) for k, v in since if split_index(k)[1] != node.index]
        node.run = len(node.pairs)
        if said and self._record(said, None, cut=cut):
            node.spoken = node.told = True

    def _finish_spoken(self, node: Container) -> None:
        if isinstance(node, Object) and node.told:
            self._flush_indexed(node, cut=node.cut)
        self._leave_rest(node)

    def _object(self, node: Object, heading: str | None) -> bool:
        pairs = node.pairs
        indices = any(split_index(k)[1] for k, _ in pairs)
        if indices and all(split_index(k)[1] for k, v in pairs if isinstance(v, (Str, Object))):
            spoken = False
            groups: dict[str, list[tuple[str, Value]]] = {}
            for k, v in pairs:
                stem, index = split_index(k)
                groups.setdefault(index, []).append((stem or "text", v))
            for group in groups.values():
                spoken |= self._record(group, heading, cut=node.cut and pairs[-1][1] is group[-1][1])
            return spoken
        if groups_of := _repeats(pairs):
            told = [self._record(g, heading, cut=node.cut and g is groups_of[-1]) for g in groups_of]
            return any(told)
        inner = [(k, v) for k, v in pairs if isinstance(v, Object)]
        if len(inner) > 1 and not any(isinstance(v, Str) and not is_aside(fold_key(k)) for k, v in pairs):
            told = [self._object(v, None if is_known(fold_key(k)) else k) for k, v in inner]
            for key, value in pairs:
                if not isinstance(value, Object):
                    self._leave_rest(value, key)
            return any(told)
        known = [k for k, _ in pairs if is_known(fold_key(k)) or fold_key(k) in _VERSES]
        if not known and pairs:
            return self._titled(node, heading)
        return self._record(pairs, heading, cut=node.cut)

    def _titled(self, node: Object, heading: str | None) -> bool:
        """Keys that are no field names: titles, or the ideas themselves, unless one key wraps it all."""
        pairs = node.pairs
        if all(isinstance(v, Number) for _, v in pairs) and any(
            read_probability(str(v)).note != MISSING for _, v in pairs
        ):
            told = [self._field(k, None, read_probability(str(v)), complete=True) for k, v in pairs if k]
            return any(told)
        if len(pairs) == 1 and isinstance(pairs[0][1], (Object, Array)):
            inner = pairs[0][1]
            return self._object(inner, heading or pairs[0][0]) if isinstance(inner, Object) else self._array(inner)
        if len([v for _, v in pairs if isinstance(v, Str)]) == 1 and len(pairs) <= 2 and heading is None:
            only = next(v for _, v in pairs if isinstance(v, Str))
            number = next((read_probability(v) for _, v in pairs if isinstance(v, Number)), UNSTATED)
            return self._field(only, None, number, complete=not node.cut)
        spoken = False
        for key, value in pairs:
            if isinstance(value, Object):
                spoken |= self._object(value, key or None)
            elif isinstance(value, Array):
                self._leave_rest(value, key)
            elif isinstance(value, Str):
                spoken |= self._field(value, key or None, UNSTATED, complete=not value.cut)
            else:
                self._leave_rest(value, key)
        return spoken

    def _record(self, pairs: list[tuple[str, Value]], heading: str | None, *, cut: bool) -> bool:
        """One idea's fields."""
        flat: list[tuple[str, Value]] = []
        for key, value in pairs:
            if isinstance(value, (Array, Object)) and probability_rank(fold_key(key)) is not None:
                flat.extend(_spread(key, value))
            elif isinstance(value, Object) and (
                text_rank(fold_key(key)) is not None or len(pairs) <= 2 or key == "data"
            ):
                flat.extend(value.pairs)
            else:
                flat.append((fold_key(key), value))
        flat = [(fold_key(k), v) for k, v in flat]
        chance, text, title = self._choose(flat)
        if text is None and heading and chance is not None and len(flat) == 1:  # {"Loaf Bot": {"p": 0.07}}
            return self._field(heading, None, read_probability(str(flat[chance][1])), complete=not cut)
        if text is None:
            spoken = False
            for i, (key, value) in enumerate(flat):
                if isinstance(value, Object):
                    spoken |= self._object(value, None)
                elif isinstance(value, Array):
                    spoken |= self._array(value)
                elif i != chance:
                    self._leave_rest(value, key)
            return spoken
        stated = UNSTATED
        if chance is not None and isinstance(number := flat[chance][1], str):
            stated = read_probability(str(number), cut=number.cut)
        said = flat[text][1]
        body = _joined(said) if isinstance(said, Array) else str(said)
        head = str(flat[title][1]) if title is not None else heading
        spoken = self._field(body, head, stated, complete=not cut)
        for i, (key, value) in enumerate(flat):
            if i not in (chance, text, title):
                self._leave_rest(value, key)
        return spoken

    @staticmethod
    def _choose(flat: list[tuple[str, Value]]) -> tuple[int | None, int | None, int | None]:
        """Positions of the probability, the text and the heading among the fields."""
        chances = [(r, i) for i, (k, _) in enumerate(flat) if (r := probability_rank(k)) is not None]
        chance = min(chances)[1] if chances else None
        strings = [i for i, (_, v) in enumerate(flat) if isinstance(v, Str) and i != chance and v.strip()]
        lists = [
            i
            for i, (k, v) in enumerate(flat)
            if isinstance(v, Array) and (k in _VERSES or text_rank(k) is not None) and _joined(v)
        ]
        texts = [(r, i) for i in strings + lists if (r := _text_rank(flat[i][0])) is not None]
        titles = [(r, i) for i in strings if (r := heading_rank(flat[i][0])) is not None]
        text = min(texts)[1] if texts else None
        title = min(titles)[1] if titles else None
        unknown = [i for i in strings if not is_known(flat[i][0])]
        if titles:  # beside a title, only what reads like a sentence is the idea
            unknown = [i for i in unknown if len(str(flat[i][1]).split()) > 3 or len(str(flat[i][1])) > 24]
        if text is None and unknown:
            text = unknown[-1] if title is None and len(unknown) == 2 else unknown[0]
            if title is None and len(unknown) == 2 and len(str(flat[unknown[0]][1])) < len(str(flat[text][1])):
                title = unknown[0]
            elif title is None:
                text = unknown[0]
        if text is None and title is not None:
            text, title = title, None
        if text is None and chance is not None and strings:
            text = strings[0]
        return chance, text, title

    def _leave_rest(self, node: Value, key: str = "") -> None:
        """What no idea took, with the key that says what it is."""
        if isinstance(node, (Str, Number)):
            if str(node).lower() not in ("", "null", "none"):
                self.sink.leave(f"{key}: {node}" if key else str(node))
        elif isinstance(node, Array):
            for item in node.items:
                self._leave_rest(item, key)
        else:
            for inner, value in node.pairs:
                self._leave_rest(value, inner)
