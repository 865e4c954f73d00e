# %% [markdown]
# # What the log says
#
# A web server's log, read with regular expressions and generators: lines become records, records become numbers.
# One generator is shared by two cells, which is where most notebooks lose track.

# %%
import itertools
import re
from collections import Counter, OrderedDict, deque, namedtuple
from datetime import datetime, timedelta
from functools import lru_cache, partial, reduce

# %%
log = r"""
10.0.0.7 - - [03/Mar/2024:10:00:01 +0000] "GET /index.html HTTP/1.1" 200 5120 0.012
10.0.0.9 - ada [03/Mar/2024:10:00:02 +0000] "POST /login HTTP/1.1" 302 0 0.140
10.0.0.9 - ada [03/Mar/2024:10:00:02 +0000] "GET /home?tab=\"new\" HTTP/1.1" 200 9216 0.051
10.0.0.7 - - [03/Mar/2024:10:00:05 +0000] "GET /missing.png HTTP/1.1" 404 310 0.003
# the log was rotated here
10.0.0.4 - - [03/Mar/2024:10:00:09 +0000] "GET /report/17 HTTP/1.1" 500 120 2.500
10.0.0.4 - - [03/Mar/2024:10:00:12 +0000] "GET /report/17 HTTP/1.1" 200 20480 1.900
10.0.0.9 - ada [03/Mar/2024:10:00:31 +0000] "GET /report/18 HTTP/1.1" 200 18432 1.250
10.0.0.7 - - [03/Mar/2024:10:00:33 +0000] "HEAD /index.html HTTP/1.1" 200 0 0.002
broken line
10.0.0.5 - - [03/Mar/2024:10:01:02 +0000] "GET /report/17 HTTP/1.1" 503 90 3.000
""".strip()
len(log.splitlines())

# %%
LINE = re.compile(
    r"""
    (?P<host>\S+) \s \S+ \s (?P<user>\S+) \s
    \[(?P<at>[^\]]+)\] \s
    "(?P<method>[A-Z]+) \s (?P<path>(?:[^"\\]|\\.)*?) \s HTTP/[\d.]+" \s
    (?P<status>\d{3}) \s (?P<size>\d+) \s (?P<seconds>[\d.]+)
    """,
    re.VERBOSE,
)
Record = namedtuple("Record", "host user at method path status size seconds")

# %%
def records(lines, rejected):
    """One record for each line that is one; the others go to `rejected`."""
    for number, line in enumerate(lines, start=1):
        match = LINE.fullmatch(line)
        if match is None:
            rejected.append((number, line))
            continue
        parts = match.groupdict()
        yield Record(
            parts["host"],
            None if parts["user"] == "-" else parts["user"],
            datetime.strptime(parts["at"], "%d/%b/%Y:%H:%M:%S %z"),
            parts["method"],
            parts["path"].replace('\\"', '"'),
            int(parts["status"]),
            int(parts["size"]),
            float(parts["seconds"]),
        )


rejected = []
stream = records(log.splitlines(), rejected)

# %%
first = next(stream)
second = next(stream)
print(first.path, second.user, second.at.isoformat())
rejected

# %%
rest = list(stream)
everything = [first, second, *rest]
hosts = {record.host for record in everything}
print(len(rest), "more;", "rejected:", rejected)

# %% [markdown]
# {len(everything)} requests by {len(hosts)} hosts; {len(rejected)} lines were not
# understood, the first of them number {rejected[0][0] if rejected else "none"}.

# %%
statuses = Counter(record.status // 100 for record in everything)
for family, count in sorted(statuses.items()):
    print(f"{family}xx {'#' * count}")
statuses.most_common(1)

# %%
statuses.subtract({2: 1})
statuses.update([4, 4])
dict(statuses)

# %%
by_host = lambda record: record.host
visits = OrderedDict(
    (host, [record.path for record in group])
    for host, group in itertools.groupby(sorted(everything, key=by_host), key=by_host)
)
visits.move_to_end("10.0.0.4")
list(visits)

# %%
@lru_cache(maxsize=None)
def template(path):
    """The path with its numbers and its query left open."""
    return re.sub(r"\d+", "{n}", path.partition("?")[0])


slow = [(template(record.path), record.seconds) for record in everything if record.seconds > 1]
print(template.cache_info())
slow

# %%
def window(values, width):
    seen = deque(maxlen=width)
    for value in values:
        seen.append(value)
        if len(seen) == width:
            yield tuple(seen)


pauses = [later.at - earlier.at for earlier, later in window(everything, 2)]
longest = max(pauses)
total = reduce(timedelta.__add__, pauses, timedelta())
str(longest), total.total_seconds()

# %%
over = lambda limit, record: record.seconds > limit
over_one = partial(over, 1.0)
fast, slow_ones = [], []
for record in everything:
    (slow_ones if over_one(record) else fast).append(record)
running = list(itertools.accumulate(record.size for record in fast))
running, [record.status for record in slow_ones]

# %%
ids = itertools.count(100)
labelled = {next(ids): record.path for record in itertools.islice(everything, 3)}
labelled

# %%
next(ids), sorted(labelled)
