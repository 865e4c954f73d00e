# %% [markdown]
# # How long will I wait?
#
# A small practice, a morning of patients, one or two doctors. The simulation keeps its events in a heap and draws its
# chances from a generator of its own, so that it is the same every time; the rest is statistics.

# %%
import heapq
import math
import random
import statistics
from dataclasses import dataclass

import matplotlib.pyplot as plt

# %%
doctors = 2
patients = 60
mean_gap = 6.0
mean_visit = 11.0

# %%
@dataclass
class Visit:
    patient: int
    arrived: float
    started: float = math.nan
    ended: float = math.nan

    @property
    def waited(self):
        return self.started - self.arrived


def simulate(seed, servers):
    """The visits of one morning, in the order in which they began."""
    chances = random.Random(seed)
    clock = 0.0
    arrivals = []
    for patient in range(patients):
        clock += chances.expovariate(1 / mean_gap)
        arrivals.append(Visit(patient, clock))
    free = [0.0] * servers
    heapq.heapify(free)
    for visit in arrivals:
        visit.started = max(visit.arrived, heapq.heappop(free))
        visit.ended = visit.started + chances.gammavariate(4, mean_visit / 4)
        heapq.heappush(free, visit.ended)
        yield visit


morning = list(simulate(1, doctors))
[round(visit.waited, 1) for visit in morning[:8]]

# %% [markdown]
# Somebody is always let in first. The next cell changes visits in place: the third patient is an emergency.

# %%
urgent = morning[2]
urgent.started = urgent.arrived
morning.insert(0, morning.pop(2))
[visit.patient for visit in morning[:4]]

# %%
waits = [visit.waited for visit in morning]
waits.sort()
summary = {
    "mean": statistics.fmean(waits),
    "median": statistics.median(waits),
    "longest": waits[-1],
    "spread": statistics.stdev(waits),
}
{name: round(value, 2) for name, value in summary.items()}

# %% [markdown]
# On average a patient waits **{summary["mean"]:.1f} minutes**, half of them less than {summary["median"]:.1f}, one of
# them {summary["longest"]:.0f}.

# %%
def mean_wait(seed, servers):
    return statistics.fmean(visit.waited for visit in simulate(seed, servers))


seeds = range(40)
mornings = {servers: [mean_wait(seed, servers) for seed in seeds] for servers in (1, doctors, 3)}
for servers, values in mornings.items():
    low, *_, high = statistics.quantiles(values, n=10)
    print(f"{servers} doctors: {statistics.fmean(values):7.2f} minutes, mostly {low:.1f} to {high:.1f}")

# %%
load = mean_visit / mean_gap / doctors
if load < 1:
    verdict = f"busy {load:.0%} of the time"
else:
    verdict = "never done: more comes in than goes out"
verdict

# %%
dice = random.Random(7)
state = dice.getstate()
rolls = [dice.randint(1, 6) for _ in range(6)]
rolls

# %%
dice.shuffle(rolls)
print(rolls, dice.random() < 1)
dice.setstate(state)
[dice.randint(1, 6) for _ in range(6)]

# %%
def bootstrap(values, rounds, rng):
    """The mean of `rounds` resamples, sorted."""
    return sorted(statistics.fmean(rng.choices(values, k=len(values))) for _ in range(rounds))


means = bootstrap(waits, 200, random.Random(3))
print(f"between {means[5]:.2f} and {means[-6]:.2f} minutes, with 95 % confidence")

# %%
fig, ax = plt.subplots(figsize=(6, 3))
ax.hist(means, bins=20, color="tab:blue", alpha=0.7)
ax.axvline(summary["mean"], color="black", linewidth=1)
ax.set_xlabel("mean wait, resampled")
ax.set_title(f"{doctors} doctors, {patients} patients")
fig

# %%
busy = 0
at = 0.0
timeline = []
events = [(visit.started, +1) for visit in morning] + [(visit.ended, -1) for visit in morning]
for at, step in sorted(events):
    busy += step
    timeline.append(busy)
max(timeline), busy, round(at, 1)
