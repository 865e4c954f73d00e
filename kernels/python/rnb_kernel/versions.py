"""
What each cell's last run made: the versions that other cells see (R3), and what is known of them.

A value that never changes is its own version. Of any other value a version's object is changed by nobody: who is going to change a value gets a copy of it, or, where it can't be
copied, the object itself, and then the version is spoiled. A run that makes the same value again keeps the version
(R6), so that the versions which a cell saw, compared by identity, tell whether it would see anything new.

Cells that change something in place are *mutators*. For each, the versions that share objects with what it was given
are kept up to date and told to the engine (R4.2), which knows which of them the cell can see.
"""

from types import ModuleType

from .imprint import Imprint
from .module_state import is_module_state, learn_module_state
from .objects import ATOMIC, count_in_classes, is_atomic, is_class, reach
from .sameness import same

_COMPARED_BY_VALUE = {int, bool, str, bytes, type(None)}


class ModuleVersion:
    """A module that a cell has imported, or changed: then it is another version, though the same object."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class Version:
    """A value under one name of one cell, which may change or lead to something that does."""

    __slots__ = ("value", "cell", "name", "spoiled", "is_taken", "is_of_module", "_reach", "_imprint")

    def __init__(self, value, cell, name):
        self.value = value
        self.cell = cell
        self.name = name
        self.spoiled = False
        # That the cell which used it up has all of it as its own now.
        self.is_taken = False
        # That a module holds the value, and who runs changes it for all (R4.9); known once somebody has.
        self.is_of_module = False
        self._reach = self._imprint = None

    def reach(self, excluded):
        """The objects it is made of, as they are when first asked for."""
        if self._reach is None:
            self._reach = reach(self.value, excluded)
        return self._reach

    def changeable(self, excluded):
        """
        Identities of the objects that a change of this value in place may change: of classes, functions and what a
        module holds only the value itself.
        """
        written = self.reach(excluded).written
        alone = is_class(self.value) or callable(self.value) or is_module_state(self.value)
        return written | {id(self.value)} if alone else written

    def has_part_of(self, identities, excluded):
        walked = self.reach(excluded)
        return not (identities.isdisjoint(walked.ids) and identities.isdisjoint(walked.passive))

    def imprint(self, excluded):
        """What the value is like as long as nobody has changed it; taken once, before its first reader runs."""
        if self._imprint is None:
            self._imprint = Imprint(self.value, excluded)
        return self._imprint

    def has_changed(self, excluded):
        return self.imprint(excluded).differs()

    def forget_imprint(self):
        self._imprint = None

    def forget_reach(self):
        self._reach = None


class _Mutator:
    """What a cell is given to change, by (cell, name), and the identities of the objects that those are now."""

    __slots__ = ("given", "identities", "sharing", "told")

    def __init__(self):
        self.given = frozenset()
        self.identities = frozenset()
        # (cell, name) of the versions that share some of the objects. One that does no longer stays until the cell
        # is given its values anew, which it will be: it sees them all.
        self.sharing = set()
        self.told = frozenset()

    def is_shared_by(self, version, excluded):
        """Whether something of what the cell is given, other than the version itself, is part of the version."""
        key = version.cell, version.name
        return key not in self.given and version.has_part_of(self.identities, excluded)


_NOTHING = {}
_MISSING = object()
_WITH_VALUE = (Version, ModuleVersion)


class Versions:
    def __init__(self, namespace):
        self._excluded = (id(namespace), id(namespace.get("__builtins__")))
        # By cell, by name: a Version, a ModuleVersion, or a value that never changes, as it is.
        self.of = {}
        # Those whose value may change or lead to something that does, by (cell, name).
        self._rough = {}
        # By cell: those of them that its last run saw.
        self._inputs = {}
        # Versions that were lost because what they hold has been made anew, and not told yet.
        self._outdated = []
        # Cells some of whose versions are used up.
        self._spoiled = set()
        self._mutators = {}

    def forget(self, cell):
        made = self._made_by(cell)
        if made:
            # Should it come back, what it makes then does not share with what others hold of its values now.
            self._outdated += self._lose((), made, cell)
        self._drop(cell, self.of.pop(cell, _NOTHING), _NOTHING)
        self._inputs.pop(cell, None)
        self._spoiled.discard(cell)
        self._mutators.pop(cell, None)
        for mutator in self._mutators.values():
            mutator.sharing -= {key for key in mutator.sharing if key[0] == cell}

    def get(self, cell, name):
        """The value that the cell has made under the name, as (value,); None where there is none."""
        made = self.of.get(cell, _NOTHING)
        if name not in made:
            return None
        version = made[name]
        return (version.value if type(version) in _WITH_VALUE else version,)

    def put(self, cell, values, inputs, can_keep, renewed, is_readable):
        """
        Takes what a run made as the cell's versions; returns the names whose version was kept. Without `can_keep`
        nothing is: the run failed, or the run before it did. `inputs` are the versions it saw that can change. A
        module, or what a module holds, under a name that is `renewed` is another version, though it is the same object.
        What is not `is_readable`, since the run failed, shares with nobody.
        """
        before = self.of.get(cell, _NOTHING)
        if cell in self._spoiled:
            self._spoiled.discard(cell)
            # Made anew, for somebody else than its readers: who holds what it made before would not share with them.
            self._outdated += self._lose((), self._made_by(cell), cell)
        if inputs:
            self._inputs[cell] = inputs
        elif cell in self._inputs:
            del self._inputs[cell]
        made = {}
        kept = []
        rough = []
        # Kept, although what was made now is another object: somebody may know that one already.
        replaced = None
        for name, value in values.items():
            old = before.get(name, _MISSING) if can_keep else _MISSING
            kind = type(value)
            if kind is ModuleType:
                if type(old) is ModuleVersion and old.value is value and name not in renewed:
                    made[name] = old
                    kept.append(name)
                else:
                    made[name] = ModuleVersion(value)
            elif kind in ATOMIC or is_atomic(value):
                if type(old) is kind and _is_same(old, value):
                    made[name] = old
                    kept.append(name)
                else:
                    made[name] = value
            elif (
                type(old) is Version
                and not old.spoiled
                and _is_same(old.value, value)
                and not (name in renewed and is_module_state(value))
            ):
                made[name] = old
                kept.append(name)
                if old.value is not value:
                    replaced = replaced or {}
                    replaced[name] = value
            else:
                made[name] = version = Version(value, cell, name)
                rough.append(version)
        while replaced and (torn := self._torn(replaced, rough, cell)):
            kept = [name for name in kept if name not in torn]
            for version in torn.values():
                made[version.name] = version
                rough.append(version)
                del replaced[version.name]
        self.of[cell] = made
        if self._rough:
            self._drop(cell, before, made)
        if not is_readable:
            for mutator in self._mutators.values():
                mutator.sharing = {key for key in mutator.sharing if key[0] != cell}
        elif rough:
            for version in rough:
                self._rough[cell, version.name] = version
            self._meet(cell, rough)
        return kept

    def _torn(self, replaced, rough, cell):
        """
        Those that cannot be kept, by name: something that was made anew with them has hold of the new one, or the new
        one of that (a class of its base, which is another one now).
        """
        excluded = self._excluded
        anew = {id(version.value) for version in rough}
        torn = {}
        for name, value in replaced.items():
            version = Version(value, cell, name)
            held = {id(value)}
            if version.has_part_of(anew, excluded) or any(one.has_part_of(held, excluded) for one in rough):
                torn[name] = version
        return torn

    def _meet(self, cell, rough):
        """Versions that are new: some are what a mutator is given, some may share objects with that."""
        for changer, mutator in self._mutators.items():
            if changer == cell:
                continue
            if any((cell, version.name) in mutator.given for version in rough):
                self._identify(mutator)
            for version in rough:
                if mutator.is_shared_by(version, self._excluded):
                    mutator.sharing.add((cell, version.name))

    def _identify(self, mutator):
        given = (self._rough.get(key) for key in mutator.given)
        # What is spoiled has gone on, as the mutator's own: who shares with that got it from there.
        there = [version for version in given if version is not None and not version.spoiled]
        mutator.identities = self._changeable(there)

    def _drop(self, cell, versions, except_for):
        for name, version in versions.items():
            if type(version) is Version and except_for.get(name) is not version:
                self._rough.pop((cell, name), None)

    # Mutators

    def give(self, cell, versions):
        """The cell is about to change these in place: from now on it is known what shares objects with them."""
        learn_module_state()
        mutator = self._mutators.get(cell)
        if mutator is None:
            mutator = self._mutators[cell] = _Mutator()
        mutator.given = frozenset((version.cell, version.name) for version in versions)
        mutator.identities = self._changeable(versions)
        excluded = self._excluded
        sharing = [
            version
            for version in self._rough.values()
            if version.cell != cell and mutator.is_shared_by(version, excluded)
        ]
        # Of what it was given too, whatever shares with something: so that it stays among them once all are given.
        sharing += [
            version
            for version in versions
            if any(
                other is not version and _share(version, other, excluded)
                for other in (*versions, *sharing)
            )
        ]
        mutator.sharing = {(version.cell, version.name) for version in sharing}
        # Where the cell has changed them already.
        self._identify(mutator)

    def withdraw(self, cell):
        """The cell was committed anew: whoever was told what shares with what it changes has forgotten that."""
        self._mutators.pop(cell, None)

    def has_news(self):
        """Whether something is to be told: who shares with what some cell changes, or what is lost."""
        if not self._mutators:
            return bool(self._outdated)
        return bool(self._outdated) or any(mutator.told != mutator.sharing for mutator in self._mutators.values())

    def news(self):
        """[(mutator's cell, keys of all that share with it)] where these are others than those that were told."""
        told = []
        for cell, mutator in self._mutators.items():
            now = frozenset(mutator.sharing)
            if now != mutator.told:
                told.append((cell, now))
                mutator.told = now
        return told

    def groups(self, versions):
        """The versions, those together that share objects."""
        groups = []
        excluded = self._excluded
        for version in versions:
            joined = [version]
            apart = []
            for group in groups:
                if any(_share(version, other, excluded) for other in group):
                    joined = group + joined
                else:
                    apart.append(group)
            groups = [*apart, joined]
        return groups

    def spoil(self, versions):
        """A cell has changed these in place, and so whatever shares their objects; returns all that are lost."""
        for version in versions:
            version.is_taken = True
        return self._lose(versions, self._changeable(versions), ())

    def _lose(self, versions, identities, cell):
        """Marks these, and all that have part of the identities except a cell's own; returns those not lost before."""
        lost = dict.fromkeys(versions)
        lost.update(
            (version, None)
            for version in self._rough.values()
            if version.cell != cell and version.has_part_of(identities, self._excluded)
        )
        fresh = [version for version in lost if not version.spoiled]
        for version in fresh:
            version.spoiled = True
            self._spoiled.add(version.cell)
        keys = {(version.cell, version.name) for version in fresh}
        for mutator in self._mutators.values():
            if not keys.isdisjoint(mutator.given):
                self._identify(mutator)
        return fresh

    def is_spoiled(self, cell):
        """Whether some of what the cell made is used up."""
        return cell in self._spoiled

    def take_outdated(self):
        outdated, self._outdated = self._outdated, []
        return outdated

    def _made_by(self, cell):
        """
        Identities of the objects that the cell's last run brought into being, or took over from what it saw. Not of
        those that went over to the cell that changed them: who holds them got them from there.
        """
        made = [version for version in self.of.get(cell, _NOTHING).values() if type(version) is Version]
        own = [version for version in made if not version.is_taken]
        others = [version for version in made if version.is_taken]
        others += [version for version in self._inputs.get(cell, ()) if not version.is_taken]
        walked = [version.reach(self._excluded) for version in others]
        return self._changeable(own).difference(*(ids for one in walked for ids in (one.ids, one.written, one.passive)))

    def _changeable(self, versions):
        return frozenset().union(*(version.changeable(self._excluded) for version in versions))

    def can_change(self, version):
        """Not so a tuple of numbers: adding to it makes another one."""
        return bool(version.changeable(self._excluded))

    def can_be_copied(self, versions):
        """
        Whether copies of these together would share what they share. Not so what belongs to a class, or an array that
        lies on the memory of a frame.
        """
        walked = [version.reach(self._excluded) for version in versions]
        arrays = set().union(*(one.arrays for one in walked))
        frames = set().union(*(one.frames for one in walked))
        return arrays.isdisjoint(frames) and all(one.is_copyable for one in walked)

    def changed(self, versions):
        """Those that are no longer as they were when they were made."""
        excluded = self._excluded
        changed = [version for version in versions if version.has_changed(excluded)]
        classes = [
            cls
            for version in changed
            for cls in version.imprint(excluded).changed_classes()
            if cls is not version.value
        ]
        if classes:
            count_in_classes(classes)
            identities = {*map(id, classes)}
            for version in self._rough.values():
                if version.has_part_of(identities, excluded):
                    version.forget_reach()
        return changed

    def apart_from_modules(self, changed):
        """Those of the changed that a module holds, which are as they are now for all, and the others."""
        learn_module_state()
        held = [version for version in changed if is_module_state(version.value)]
        for version in held:
            version.is_of_module = True
        return held, [version for version in changed if version not in held]

    def take_imprints(self, versions):
        for version in versions:
            if version.is_of_module:
                # Other cells have changed it since, rightly so.
                version.forget_imprint()
            version.imprint(self._excluded)


def _share(one, other, excluded):
    return one.has_part_of(other.changeable(excluded), excluded) or other.has_part_of(
        one.changeable(excluded), excluded
    )


def _is_same(before, value):
    if before is value:
        return True
    if type(before) is not type(value):
        return False
    return before == value if type(value) in _COMPARED_BY_VALUE else same(before, value)
