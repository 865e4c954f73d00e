import { useSyncExternalStore } from 'react';

export const themeSettings = ['light', 'dark', 'system'] as const;
export type ThemeSetting = (typeof themeSettings)[number];
export type Theme = 'light' | 'dark';

const storageKey = 'theme';
const darkSystem = matchMedia('(prefers-color-scheme: dark)');
// Kept, since Chromium tells of no change that somebody has read before it was told.
let systemIsDark = darkSystem.matches;
const listeners = new Set<() => void>();

let setting = storedSetting();

function storedSetting(): ThemeSetting {
  try {
    const stored = localStorage.getItem(storageKey);
    return themeSettings.find((known) => known === stored) ?? 'system';
  } catch {
    return 'system';
  }
}

function currentTheme(): Theme {
  if (setting !== 'system') return setting;
  return systemIsDark ? 'dark' : 'light';
}

function apply() {
  document.documentElement.dataset.theme = currentTheme();
  for (const listener of listeners) listener();
}

darkSystem.addEventListener('change', ({ matches }) => {
  systemIsDark = matches;
  apply();
});
// Another tab changed it.
addEventListener('storage', (event) => {
  if (event.key !== storageKey) return;
  setting = storedSetting();
  apply();
});

export function setTheme(next: ThemeSetting) {
  setting = next;
  try {
    localStorage.setItem(storageKey, next);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  apply();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The theme on screen. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, currentTheme);
}

/** What the user chose, `system` included. */
export function useThemeSetting(): ThemeSetting {
  return useSyncExternalStore(subscribe, () => setting);
}
