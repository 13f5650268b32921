"""What a page holds, read with the standard library's parser."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "path", "use", "rect", "img"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""
    inside: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        found = [child for child in self.inside if child.tag == tag]
        return found + [match for child in self.inside for match in child.all(tag)]

    @property
    def words(self) -> str:
        return " ".join([self.text, *(child.words for child in self.inside)]).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("document", {})
        self.open = [self.root]
        self.ids: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if "id" in element.attributes:
            self.ids[element.attributes["id"]] += 1
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data


def read(page: str) -> tuple[Element, Counter[str]]:
    """Return the page's elements and how often each id occurs; every element must be closed."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root]
    return reader.root, reader.ids


def headings(root: Element) -> list[int]:
    """Return the levels of the headings in document order."""
    levels = []
    for child in root.inside:
        if len(child.tag) == 2 and child.tag[0] == "h" and child.tag[1].isdigit():
            levels.append(int(child.tag[1]))
        levels += headings(child)
    return levels
