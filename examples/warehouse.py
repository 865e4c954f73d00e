# %% [markdown]
# # A warehouse in objects
#
# Classes, dataclasses, decorators and context managers, as a program would have them, and cells that change the
# objects one after the other. Each cell sees the warehouse as the cells above it left it.

# %%
import contextlib
import dataclasses
import enum
import functools
from collections import defaultdict
from dataclasses import dataclass, field

# %%
class Size(enum.Enum):
    SMALL = 1
    LARGE = 4


@dataclass(frozen=True, order=True)
class Product:
    code: str
    size: Size = field(compare=False)
    price: float = field(default=1.0, compare=False)

    @property
    def space(self):
        return self.size.value


nut = Product("nut", Size.SMALL, 0.2)
beam = Product("beam", Size.LARGE, 35.0)
sorted([nut, beam])

# %%
class Full(Exception):
    def __init__(self, product, missing):
        super().__init__(f"no room for {product.code}: {missing} too few")
        self.missing = missing


class Warehouse:
    """Counts what lies in it, and never holds more than `room`."""

    def __init__(self, room):
        self.room = room
        self.stock = defaultdict(int)
        self._listeners = []

    def __len__(self):
        return sum(self.stock.values())

    def __contains__(self, product):
        return self.stock.get(product, 0) > 0

    def __iter__(self):
        yield from sorted(self.stock.items())

    def __repr__(self):
        inside = ", ".join(f"{product.code} × {count}" for product, count in self)
        return f"Warehouse({inside or 'empty'}; {self.free} free)"

    @property
    def free(self):
        return self.room - sum(product.space * count for product, count in self.stock.items())

    def listen(self, listener):
        self._listeners.append(listener)
        return listener

    def put(self, product, count=1):
        missing = product.space * count - self.free
        if missing > 0:
            raise Full(product, missing)
        self.stock[product] += count
        for listener in self._listeners:
            listener(product, count)
        return self

    def take(self, product, count=1):
        taken = min(count, self.stock.get(product, 0))
        self.stock[product] -= taken
        return taken


# %%
room = 30
house = Warehouse(room)
house.put(nut, 10).put(beam, 2)
house

# %% [markdown]
# From here on somebody keeps a diary. The listener is a closure: it writes into a list that this cell made,
# whenever a later cell puts something in.

# %%
def open_diary(warehouse):
    lines = []

    @warehouse.listen
    def note(product, count):
        lines.append(f"+{count} {product.code}")

    return lines


diary = open_diary(house)
house.put(nut, 4)
diary

# %%
house.put(beam)
house.take(nut, 6)
print(diary)
house

# %%
def counted(function):
    """Counts the calls, also those that fail."""

    @functools.wraps(function)
    def wrapper(*arguments, **options):
        wrapper.calls += 1
        return function(*arguments, **options)

    wrapper.calls = 0
    return wrapper


@counted
def try_to_put(product, count):
    """True if there was room."""
    try:
        house.put(product, count)
    except Full as full:
        print(full)
        return False
    return True


[try_to_put(beam, count) for count in (5, 2, 1)]

# %%
print(try_to_put.__name__, "was called", try_to_put.calls, "times")
print(house)
try_to_put(nut, 1), try_to_put.calls

# %% [markdown]
# {len(house)} things lie in the warehouse, {house.free} of {house.room} places are free, and the diary has
# {len(diary)} lines.

# %%
@contextlib.contextmanager
def rehearsal(warehouse):
    """What is done to the warehouse inside is undone at the end."""
    before = dict(warehouse.stock)
    try:
        yield warehouse
    finally:
        warehouse.stock.clear()
        warehouse.stock.update(before)


with rehearsal(house) as stage:
    stage.take(beam, 100)
    print("during", stage)
print("after ", house)

# %%
class Priced(Warehouse):
    discount = 0.0

    @functools.cached_property
    def label(self):
        return f"{type(self).__name__} of {self.room}"

    @classmethod
    def like(cls, other):
        made = cls(other.room)
        made.stock.update(other.stock)
        return made

    def worth(self):
        whole = sum(product.price * count for product, count in self.stock.items())
        return round(whole * (1 - self.discount), 2)


priced = Priced.like(house)
priced.label, priced.worth(), house in [priced], nut in priced

# %%
Priced.discount = 0.25
priced.worth()

# %%
cheaper = dataclasses.replace(beam, price=30.0)
priced.stock[cheaper] = priced.stock.pop(beam, 0)
[(product.code, product.price, count) for product, count in priced]

# %%
with contextlib.suppress(dataclasses.FrozenInstanceError):
    beam.price = 1.0
    print("never shown")
dataclasses.asdict(beam)
