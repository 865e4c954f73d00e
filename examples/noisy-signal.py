# %% [markdown]
# # Finding two tones in noise
#
# A recording of one second holds two tones and a lot of noise. The spectrum finds them, a filter brings them out, and
# a step that works in place shows that arrays stay what they were for the cells above.

# %%
import matplotlib.pyplot as plt
import numpy as np

# %%
rate = 400
tones = {35: 1.0, 80: 0.6}
noise_level = 0.8

# %%
def record(seed):
    """One second of samples; the same for the same seed."""
    rng = np.random.default_rng(seed)
    clean = sum(size * np.sin(2 * np.pi * pitch * time) for pitch, size in tones.items())
    return clean + rng.normal(0, noise_level, time.size)


time = np.arange(rate) / rate
signal = record(seed=4)
print(signal.shape, signal.dtype, f"mean {signal.mean():.3f}, spread {signal.std():.3f}")

# %% [markdown]
# A window keeps the edges of the recording from looking like a sound. It is laid over `signal` in place, and yet
# running the cell twice does not lay it twice.

# %%
window = np.hanning(rate)
signal *= window
np.abs(signal).max().round(4)

# %%
spectrum = np.abs(np.fft.rfft(signal))
pitches = np.fft.rfftfreq(rate, 1 / rate)
loudest = np.argsort(spectrum)[::-1][:6]
np.column_stack([pitches[loudest], spectrum[loudest].round(1)])

# %%
def peaks(values, above):
    """Positions that are higher than both neighbours, and than `above`."""
    inner = values[1:-1]
    is_peak = (inner > values[:-2]) & (inner >= values[2:]) & (inner > above)
    return np.flatnonzero(is_peak) + 1


threshold = 4 * np.median(spectrum)
found = peaks(spectrum, threshold)
found = found[np.argsort(spectrum[found])[::-1]]
heard = " and ".join(f"{pitches[at]:.0f} Hz" for at in sorted(found[:2]))
[int(pitches[at]) for at in found][:4]

# %% [markdown]
# What stands out: **{heard}**, above a threshold of {threshold:.1f}.

# %%
mask = np.zeros_like(spectrum)
for at in found[:2]:
    mask[max(0, at - 1) : at + 2] = 1
middle = mask[30:40]
print(int(mask.sum()), "bins are kept;", "around the first tone:", middle.astype(int).tolist())

# %%
middle[:] = 1
print(int(mask.sum()), "bins are kept now: a slice is a view of its array")

# %%
restored = np.fft.irfft(np.fft.rfft(signal) * mask, n=rate)
clean = sum(size * np.sin(2 * np.pi * pitch * time) for pitch, size in tones.items()) * window
errors = {
    "as recorded": float(np.sqrt(np.mean((signal - clean) ** 2))),
    "filtered": float(np.sqrt(np.mean((restored - clean) ** 2))),
}
{name: round(error, 4) for name, error in errors.items()}

# %%
fig, (above, below) = plt.subplots(2, 1, figsize=(6, 4))
above.plot(pitches, spectrum, linewidth=1)
above.fill_between(pitches, 0, spectrum.max(), where=mask > 0, alpha=0.2)
above.set_xlabel("Hz")
below.plot(time, signal, linewidth=0.5, label="recorded")
below.plot(time, restored, linewidth=1, label="filtered")
below.legend(loc="upper right")
fig.tight_layout()
fig

# %%
blocks = restored.reshape(8, -1)
energy = (blocks**2).sum(axis=1)
energy /= energy.sum()
np.round(energy, 3)

# %%
weights = np.linspace(0, 1, 5)[:, None] * np.array([1.0, 2.0, 4.0])
weights[weights > 2] = np.nan
print(weights)
np.nanmean(weights, axis=0)
