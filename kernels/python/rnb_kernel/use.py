"""The names that code uses, and how: what analysis is made of."""

from __future__ import annotations


class Use:
    """Names read from outside, bound, changed in place, and mentioned in text in which a library may look them up."""

    __slots__ = ("reads", "defines", "mutates", "mentions")

    def __init__(self):
        self.reads = set()
        self.defines = set()
        self.mutates = set()
        self.mentions = set()

    def add(self, other):
        self.reads |= other.reads
        self.defines |= other.defines
        self.mutates |= other.mutates
        self.mentions |= other.mentions

    def __bool__(self):
        return bool(self.reads or self.defines or self.mutates or self.mentions)

    def as_lists(self):
        lists = {
            "reads": sorted(self.reads),
            "defines": sorted(self.defines),
            "mutates": sorted(self.mutates),
        }
        only_mentioned = self.mentions - self.reads
        return {**lists, "mentions": sorted(only_mentioned)} if only_mentioned else lists
