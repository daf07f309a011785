"""AWS takes things in packs: so many of them, and so many bytes."""

from collections.abc import Iterable, Iterator


def packs(texts: Iterable[str], *, most: int, bytes_in_all: int, bytes_each: int = 0) -> Iterator[list[str]]:
    """The texts in order, in packs of at most `most` texts and `bytes_in_all` bytes.

    `bytes_each` is added to every text's own size. A text too large for any pack gets one for itself.
    """
    pack: list[str] = []
    size = 0
    for text in texts:
        needed = len(text.encode()) + bytes_each
        if pack and (len(pack) == most or size + needed > bytes_in_all):
            yield pack
            pack, size = [], 0
        pack.append(text)
        size += needed
    if pack:
        yield pack
