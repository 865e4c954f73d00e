# %% [markdown]
# # Do the lines differ?
#
# Passengers of three tram lines gave marks from 1 to 10. Closures build the tests, `functools` joins them, Altair
# draws. The marks lie in the notebook, so that anybody can change one and see what follows.

# %%
import functools
import itertools
import operator
import random
import statistics

import altair as alt
import pandas as pd

# %%
marks = {
    "red": "8 7 9 6 8 7 10 5 8 9",
    "green": "6 5 7 6 4 7 6 5 8 6",
    "blue": "7 8 6 9 7 7 8 6 5 n/a",
}

# %%
def parse(text, otherwise=None):
    for word in text.split():
        try:
            yield int(word)
        except ValueError:
            if otherwise is not None:
                yield otherwise


answers = {line: list(parse(text)) for line, text in marks.items()}
{line: len(values) for line, values in answers.items()}

# %%
survey = pd.DataFrame(
    [(line, mark) for line, values in answers.items() for mark in values],
    columns=["line", "mark"],
)
survey.describe().round(2)

# %%
answers["blue"].append(7)
answers["red"][0] = 9
{line: statistics.fmean(values) for line, values in answers.items()}

# %%
summary = survey.groupby("line")["mark"].agg(["mean", "median", "std"]).round(2)
summary.insert(0, "answers", survey["line"].value_counts())
summary

# %% [markdown]
# The best line is **{summary["mean"].idxmax()}** with {summary["mean"].max():.1f}; {summary["answers"].sum()} marks
# were given in the table, {sum(map(len, answers.values()))} with the one that came late.

# %%
def make_counter():
    count = 0

    def step(by=1):
        nonlocal count
        count += by
        return count

    return step


tried = make_counter()


def difference(first, second):
    tried()
    return statistics.fmean(first) - statistics.fmean(second)


def permutation_test(first, second, rounds=300):
    """How often chance alone gives a difference as large."""
    rng = random.Random(11)
    seen = abs(difference(first, second))
    together = [*first, *second]
    as_large = 0
    for _ in range(rounds):
        rng.shuffle(together)
        as_large += abs(difference(together[: len(first)], together[len(first) :])) >= seen
    return as_large / rounds


pairs = list(itertools.combinations(sorted(answers), 2))
chances = {pair: permutation_test(answers[pair[0]], answers[pair[1]]) for pair in pairs}
chances

# %%
print("means were compared", tried(0), "times")
tried(1)

# %%
compose = lambda *functions: functools.reduce(lambda f, g: lambda x: g(f(x)), functions)
correct = compose(
    functools.partial(operator.mul, len(pairs)),
    functools.partial(min, 1.0),
    lambda chance: round(chance, 3),
)
corrected = {" – ".join(pair): correct(chance) for pair, chance in chances.items()}
corrected

# %%
limit = 0.05
rules = [lambda chance, limit=limit / step: chance < limit for step in (1, 2, 3)]
[[rule(chance) for rule in rules] for chance in chances.values()]

# %%
points = survey.groupby(["line", "mark"]).size().reset_index(name="people")
alt.Chart(points).mark_circle().encode(x="mark:Q", y="line:N", size="people:Q").properties(width=300)

# %%
bars = (
    alt.Chart(summary.reset_index())
    .mark_bar()
    .encode(x=alt.X("mean:Q", scale=alt.Scale(domain=[0, 10])), y="line:N")
)
bars.properties(title="Mean mark")

# %%
@functools.singledispatch
def say(value):
    return repr(value)


@say.register
def _(value: float):
    return f"{value:.1%}"


@say.register
def _(value: tuple):
    return " against ".join(value)


for pair, chance in chances.items():
    print(say(pair), say(chance), say(None))
