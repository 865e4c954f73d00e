# %% [markdown]
# # A shop's first half year
#
# Half a year of orders, as they came out of the till: text, with gaps and slips. We clean them, look at what sold,
# and end with the one chart that the owner asked for. Change `minimum` or the rate of tax and watch what follows.

# %%
import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

# %%
raw = """date,shop,item,quantity,price
2024-01-05,North,tea,12,3.50
2024-01-09,South,coffee,7,5.25
2024-01-23,north,Tea,4,3.50
2024-02-02,South,cocoa,,4.10
2024-02-14,North,coffee,9,5.25
2024-02-28,South,tea,15,3.40
2024-03-03,North,cocoa,6,4.10
2024-03-17,South,coffee,11,5.40
2024-03-17,South,coffee,11,5.40
2024-04-01,North,tea,8,3.60
2024-04-19,South,tea,10,3.55
2024-05-06,North,coffee,14,5.40
2024-05-21,South,cocoa,5,4.25
2024-06-11,North,cocoa,9,4.25
2024-06-25,South,coffee,3,5.50
"""
orders = pd.read_csv(io.StringIO(raw), parse_dates=["date"])
orders.head()

# %% [markdown]
# There is a gap, a line that came twice, and a shop spelt in two ways. Each repair is a cell of its own and gives
# `orders` a new value; running one of them again starts from the orders above it.

# %%
orders = orders.drop_duplicates().reset_index(drop=True)
orders["shop"] = orders["shop"].str.title()
orders["item"] = orders["item"].str.lower()
print(f"{len(orders)} orders, {orders['quantity'].isna().sum()} without a quantity")

# %%
usual = orders.groupby("item")["quantity"].median()
missing = orders["quantity"].isna()
orders.loc[missing, "quantity"] = orders.loc[missing, "item"].map(usual)
orders["quantity"] = orders["quantity"].astype(int)
orders.loc[missing]

# %%
tax = 0.07
orders["net"] = (orders["quantity"] * orders["price"]).round(2)
orders["gross"] = (orders["net"] * (1 + tax)).round(2)
orders[["date", "shop", "item", "net", "gross"]].tail(4)

# %%
minimum = 20
large = orders[orders["net"] >= minimum]
by_item = large.groupby("item").agg(orders=("net", "size"), revenue=("net", "sum"))
by_item = by_item.sort_values("revenue", ascending=False)
by_item

# %% [markdown]
# Of {len(orders)} orders {len(large)} were worth {minimum} or more. They brought **{large["net"].sum():.2f}**, most of
# it with *{by_item.index[0]}*.

# %%
table = orders.pivot_table(index="item", columns="shop", values="net", aggfunc="sum", fill_value=0)
table["all"] = table.sum(axis=1)
table.loc["all"] = table.sum()
table.round(1)

# %%
managers = pd.DataFrame({"shop": ["North", "South"], "manager": ["Ada", "Grace"]})
best = (
    orders.merge(managers, on="shop")
    .sort_values(["gross", "date"], ascending=[False, True])
    .groupby("manager", sort=True)
    .head(2)[["manager", "item", "gross"]]
    .reset_index(drop=True)
)
best

# %%
monthly = orders.set_index("date").groupby("shop")["net"].resample("MS").sum().unstack("shop")
monthly = monthly.fillna(0)
change = monthly.diff().dropna()
change.round(2)

# %%
steady = {shop: float(np.std(values)) for shop, values in monthly.items()}
for shop, spread in sorted(steady.items(), key=lambda pair: pair[1]):
    print(f"{shop:6} {monthly[shop].mean():7.2f} a month, give or take {spread:.2f}")

# %%
fig, ax = plt.subplots(figsize=(6, 3))
for shop in monthly.columns:
    ax.plot(monthly.index, monthly[shop], marker="o", label=shop)
ax.axhline(monthly.to_numpy().mean(), color="grey", linewidth=1, linestyle="--")
ax.set_ylabel("net revenue")
ax.legend()
fig.autofmt_xdate()
fig
