"""Comparing pages with what stands before and after them: files, or another page.

A counter must lie between the two in every round. A gauge may rise and fall between two looks, so for it
one round suffices in which it equals both or lies between them.
"""
from dataclasses import dataclass

BASE_LABELS = {"container_name", "compose_service", "compose_project", "image"}


@dataclass
class Round:
    """Readings in the order in which they were taken; each is called with (row, name)."""
    before: object
    page: object
    after: object


def from_files(files):
    """A reading of the kernel's files: {(name, file): text}."""
    texts = {}
    for (name, file), text in files.items():
        texts.setdefault(name, {"meminfo": files["", "meminfo"]})[file] = text
    return lambda row, name: row.compute(texts[name])


def from_page(page):
    """A reading of a page: {labels of the sample's own: value}."""
    def read(row, name):
        return {frozenset((k, v) for k, v in labels.items() if k not in BASE_LABELS): value
                for labels, value in page.all(row.family, container_name=name)}
    return read


def trouble(row, name, round_):
    """What is wrong with one container's samples in one round, or None."""
    before, page, after = (reading(row, name) for reading in (round_.before, round_.page, round_.after))
    if not before.keys() <= page.keys() <= after.keys():
        return f"{name}: {sorted(map(sorted, page))} instead of {sorted(map(sorted, before))}"
    for key, value in page.items():
        low, high = before.get(key, 0), after[key]
        if not row.counter:
            low, high = sorted((low, high))
        if not low <= value <= high:
            return f"{name}{sorted(key)}: {value} is not within {low} … {high}"
    return None


def check(row, names, rounds):
    """Fails with what is wrong with the row's family on the rounds' pages."""
    wrong = []
    for name in sorted(names):
        found = [trouble(row, name, round_) for round_ in rounds]
        if row.counter and any(found) or all(found):
            wrong.append(next(filter(None, found)))
    assert not wrong, f"{row.family}: " + "; ".join(wrong)
