"""How a request finds its address among many: by the first word of its path, not by trying one after another."""

from collections.abc import Iterable, Sequence

from django.urls import URLPattern, URLResolver, include, path


def by_first_word(entries: Iterable[URLPattern | URLResolver], *, busiest: Sequence[str] = ()) -> list:
    """The same addresses, with all that begin with one word put behind it ("members/"), in their order, so that a
    request is compared with one address a word and then with those of its own word only. The `busiest` words are tried
    first. Lists included without a word of their own are opened; what has a namespace stays as it is."""
    behind: dict[str, list] = {word: [] for word in busiest}
    others = []
    for entry in _opened(entries):
        word, slash, rest = str(entry.pattern).partition("/")
        if isinstance(entry, URLPattern) and slash and "<" not in word:
            moved = path(rest, entry.callback, entry.default_args, entry.name)
            behind.setdefault(word, []).append(moved)
        else:
            others.append(entry)
    return [*(path(f"{word}/", include(found)) for word, found in behind.items()), *others]


def _opened(entries: Iterable[URLPattern | URLResolver]):
    for entry in entries:
        is_list = isinstance(entry, URLResolver) and not str(entry.pattern) and not entry.namespace
        if is_list and not entry.default_kwargs:
            yield from _opened(entry.url_patterns)
        else:
            yield entry
