# %% [markdown]
# # Asking many sources at once
#
# Weather stations answer at their own pace. With `asyncio` all are asked at the same time; the cells await at top
# level. No clock and no network are used: a station "takes long" by giving way to the others more often.

# %%
import asyncio
import contextlib
import json
from collections import defaultdict

# %%
stations = {
    "Oslo": [3.5, 4.0, None, 5.5],
    "Rome": [14.0, 15.5, 16.0, 15.0],
    "Cairo": [22.0, 24.5, 25.0, 23.0],
}
pace = {"Oslo": 5, "Rome": 2, "Cairo": 3}
order = []

# %%
class NoAnswer(Exception):
    pass


async def ask(name, hour):
    """One reading, after the station has taken its time."""
    for _ in range(pace[name]):
        await asyncio.sleep(0)
    value = stations[name][hour]
    if value is None:
        raise NoAnswer(f"{name} was silent at {hour}")
    return name, value


async def ask_and_note(name, hour):
    answer = await ask(name, hour)
    order.append(name)
    return answer


# %%
answers = dict(await asyncio.gather(*(ask_and_note(name, 0) for name in stations)))
print("the answers came in the order", order)
answers

# %%
results = await asyncio.gather(*(ask(name, 2) for name in stations), return_exceptions=True)
good = [result for result in results if not isinstance(result, Exception)]
bad = [str(result) for result in results if isinstance(result, Exception)]
print(bad)
good

# %% [markdown]
# At hour 2 {len(good)} of {len(stations)} stations answered. {"All is well." if not bad else "Missing: " + bad[0] + "."}

# %%
async def hours(name):
    """An asynchronous generator: the readings of one station that there are."""
    for hour in range(len(stations[name])):
        with contextlib.suppress(NoAnswer):
            yield hour, (await ask(name, hour))[1]


oslo = [reading async for reading in hours("Oslo")]
oslo

# %%
@contextlib.asynccontextmanager
async def session(name):
    print("open ", name)
    try:
        yield lambda hour: ask(name, hour)
    finally:
        print("close", name)


async with session("Rome") as rome:
    first = await rome(1)
first

# %%
async def worker(label, queue, done):
    while True:
        name, hour = await queue.get()
        try:
            done[label].append(await ask(name, hour))
        except NoAnswer as silence:
            done[label].append(str(silence))
        finally:
            queue.task_done()


async def share_out(workers):
    queue = asyncio.Queue()
    for hour in range(4):
        for name in stations:
            queue.put_nowait((name, hour))
    done = defaultdict(list)
    tasks = [asyncio.create_task(worker(number, queue, done)) for number in range(workers)]
    await queue.join()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return dict(done)


shared = await share_out(workers=3)
{label: len(items) for label, items in sorted(shared.items())}

# %%
readings = defaultdict(list)
for label in sorted(shared):
    for item in shared[label]:
        if isinstance(item, tuple):
            readings[item[0]].append(item[1])
means = {name: round(sum(values) / len(values), 2) for name, values in sorted(readings.items())}
means

# %%
readings["Oslo"].clear()
del readings["Cairo"]
print(sorted(readings), [len(values) for values in readings.values()])

# %%
async def slow():
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        order.append("cancelled")
        raise


task = asyncio.ensure_future(slow())
await asyncio.sleep(0)
task.cancel()
await asyncio.wait([task])
task.cancelled(), order

# %%
report = json.dumps({"means": means, "order": order}, indent=2, sort_keys=True)
print(report)
