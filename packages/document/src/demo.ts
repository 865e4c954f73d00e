import type { CellSpec } from './create-document.ts';

export const demoTitle = 'A tour in ten cells';

/** The notebook that shows what reactive means here; everything in it follows from `x`. */
export function demoCells(): CellSpec[] {
  return [
    markdown(`# Change one number

This notebook works like a spreadsheet. Set \`x\` to 20 in the next cell and press **Shift+Enter**:
everything that depends on it is brought up to date, and nothing else runs.`),
    python('x = 10\nx'),
    python('y = x * 2\ny'),
    markdown('Prose takes part too: `x` is **{x}** and `y` is **{y}**.'),
    python(`import matplotlib.pyplot as plt
import numpy as np

t = np.linspace(0, x, 400)
fig, ax = plt.subplots(figsize=(7, 3))
ax.plot(t, np.sin(t), label="sin t")
ax.plot(t, np.exp(-t / y) * np.cos(t), label=f"damped over {y}")
ax.set_xlabel("t")
ax.legend()
fig`),
    python(`import pandas as pd

df = pd.DataFrame(
    {
        "city": ["Amsterdam", "Berlin", "Cairo", "Delhi", "Edinburgh", "Florence"],
        "region": ["Europe", "Europe", "Africa", "Asia", "Europe", "Europe"],
        "price": [12, 9, 5, 4, 11, 10],
    }
)
df["sales"] = df["price"] * y
df`),
    markdown(`## The same name, twice

Other reactive notebooks refuse the next cell, because it gives \`df\` a second value. Here it means what it
means in a script: it starts from the \`df\` above, however often you run it, and the cells below see its result.`),
    python('df = df[df.sales > 150]\ndf'),
    python(`import plotly.express as px

px.bar(df, x="city", y="sales", color="region", title="Sales above 150")`),
    python(`import altair as alt

alt.Chart(df).mark_circle(size=160).encode(
    x=alt.X("price", scale=alt.Scale(zero=False)),
    y="sales",
    color="region",
    tooltip=["city", "price", "sales"],
).properties(width=480, height=240)`),
  ];
}

function markdown(code: string): CellSpec {
  return { kind: 'markdown', code };
}

function python(code: string): CellSpec {
  return { kind: 'python', code };
}
