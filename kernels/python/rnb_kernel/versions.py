"""
What each cell's last run made: the versions that other cells see (R3), and what is known of them.

A version's object is changed by nobody: who is going to change a value gets a copy of it, or, where it can't be
copied, the object itself, and then the version is spoiled. A run that makes the same value again keeps the version
(R6), so that the versions which a cell saw, compared by identity, tell whether it would see anything new.

Cells that change something in place are *mutators*. For each, the versions that share objects with what it was given
are kept up to date and told to the engine (R4.2), which knows which of them the cell can see.
"""

from .imprint import Imprint
from .objects import ATOMIC, is_atomic, is_class, reach
from .sameness import same

_COMPARED_BY_VALUE = {int, bool, str, bytes, type(None)}


class Version:
    """A value under one name of one cell."""

    __slots__ = ("value", "cell", "name", "is_atomic", "spoiled", "_reach", "_imprint")

    def __init__(self, value, cell, name):
        self.value = value
        self.cell = cell
        self.name = name
        self.is_atomic = type(value) in ATOMIC
        self.spoiled = False
        self._reach = self._imprint = None

    def reach(self, excluded):
        """The objects it is made of, as they are when first asked for."""
        if self._reach is None:
            self._reach = reach(self.value, excluded)
        return self._reach

    @property
    def ids(self):
        return self._reach.ids

    def imprint(self, excluded):
        """What the value is like as long as nobody has changed it; taken once, before its first reader runs."""
        if self._imprint is None:
            self._imprint = Imprint(self.value, excluded)
        return self._imprint


class _Mutator:
    """What a cell was given to change: the identities of the objects, held by the versions they were."""

    __slots__ = ("given", "ids", "passive", "sharing", "told")

    def __init__(self):
        self.given = ()
        self.ids = self.passive = frozenset()
        # By (cell, name): versions that share some of the objects.
        self.sharing = {}
        self.told = frozenset()

    def is_shared_by(self, version, excluded):
        """Whether something of what the cell was given, other than the version itself, is part of the version."""
        if version in self.given:
            ids = version.reach(excluded).ids
            others = (other for other in self.given if other is not version)
            return any(not ids.isdisjoint(other.reach(excluded).ids) for other in others)
        walked = version.reach(excluded)
        return not self.ids.isdisjoint(walked.ids) or not self.passive.isdisjoint(walked.passive)


class Versions:
    def __init__(self, namespace):
        self._excluded = (id(namespace), id(namespace.get("__builtins__")))
        # By cell, by name.
        self.of = {}
        # Those whose value may change or lead to something that does, by (cell, name).
        self._rough = {}
        self._mutators = {}

    def forget(self, cell):
        self._drop(cell, self.of.pop(cell, {}))
        self._mutators.pop(cell, None)

    def get(self, cell, name):
        made = self.of.get(cell)
        return None if made is None else made.get(name)

    def put(self, cell, values, can_keep):
        """
        Takes what a run made as the cell's versions; returns the names whose version was kept. Without `can_keep`
        nothing is: the run failed, or the run before it did.
        """
        before = self.of.get(cell)
        made = {}
        kept = []
        rough = []
        for name, value in values.items():
            old = before.get(name) if before else None
            if old is not None and can_keep and not old.spoiled and _is_same(old, value):
                made[name] = old
                kept.append(name)
                continue
            made[name] = version = Version(value, cell, name)
            if not version.is_atomic:
                if is_atomic(value):
                    version.is_atomic = True
                else:
                    rough.append(version)
        self.of[cell] = made
        if before:
            self._drop(cell, before, made)
        for version in rough:
            self._rough[cell, version.name] = version
            for changer, mutator in self._mutators.items():
                if changer != cell and mutator.is_shared_by(version, self._excluded):
                    mutator.sharing[cell, version.name] = version
        return kept

    def _drop(self, cell, versions, except_for=None):
        for name, version in versions.items():
            if version.is_atomic or (except_for is not None and except_for.get(name) is version):
                continue
            self._rough.pop((cell, name), None)
            for mutator in self._mutators.values():
                mutator.sharing.pop((cell, name), None)

    # Mutators

    def give(self, cell, versions):
        """The cell is about to change these in place: from now on it is known what shares objects with them."""
        mutator = self._mutators.get(cell)
        if mutator is None:
            mutator = self._mutators[cell] = _Mutator()
        elif mutator.given == versions:
            return
        ids, passive = set(), set()
        for version in versions:
            ids |= version.reach(self._excluded).ids
            if is_class(version.value) or callable(version.value):
                # Of classes and functions only those that the cell itself changes.
                passive.add(id(version.value))
        mutator.given = versions
        mutator.ids = frozenset(ids)
        mutator.passive = frozenset(passive)
        mutator.sharing = {
            key: version
            for key, version in self._rough.items()
            if version.cell != cell and mutator.is_shared_by(version, self._excluded)
        }

    def withdraw(self, cell):
        """The cell changes nothing in place any more, or other code of it does."""
        self._mutators.pop(cell, None)

    def has_news(self):
        """Whether other versions than those that were told share with what some cell changes."""
        return any(mutator.told != mutator.sharing.keys() for mutator in self._mutators.values())

    def news(self):
        """[(mutator's cell, keys of all that share with it, whether some are new)] where these have not been told."""
        told = []
        for cell, mutator in self._mutators.items():
            now = frozenset(mutator.sharing)
            if now != mutator.told:
                given = {(version.cell, version.name) for version in mutator.given}
                told.append((cell, now, not now <= mutator.told | given))
                mutator.told = now
        return told

    def groups(self, versions):
        """The versions, those together that share objects."""
        groups = []
        for version in versions:
            ids = version.reach(self._excluded).ids
            joined = [version]
            apart = []
            for group in groups:
                if any(not ids.isdisjoint(other.reach(self._excluded).ids) for other in group):
                    joined = group + joined
                else:
                    apart.append(group)
            groups = [*apart, joined]
        return groups

    def spoil(self, versions):
        """These have been changed in place, and so has whatever shares their objects; returns all that are lost."""
        ids, passive = set(), set()
        for version in versions:
            ids |= version.reach(self._excluded).ids
            if is_class(version.value) or callable(version.value):
                passive.add(id(version.value))
        lost = list(versions)
        for version in self._rough.values():
            walked = version.reach(self._excluded)
            if not ids.isdisjoint(walked.ids) or not passive.isdisjoint(walked.passive):
                lost.append(version)
        fresh = [version for version in dict.fromkeys(lost) if not version.spoiled]
        for version in fresh:
            version.spoiled = True
        return fresh

    def changed(self, versions):
        """Those that are no longer as they were when they were made."""
        excluded = self._excluded
        return [version for version in versions if version.imprint(excluded).differs()]

    def take_imprints(self, versions):
        for version in versions:
            version.imprint(self._excluded)


def _is_same(old, value):
    before = old.value
    if before is value:
        return True
    if type(before) is not type(value):
        return False
    if type(value) in _COMPARED_BY_VALUE:
        return before == value
    return same(before, value)
