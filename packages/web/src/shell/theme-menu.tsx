import { Monitor, Moon, Sun } from 'lucide-react';
import { IconButton } from './button.tsx';
import { Menu, type MenuEntry } from './menu.tsx';
import { setTheme, type ThemeSetting, themeSettings, useThemeSetting } from './theme.ts';

const icons = { light: <Sun />, dark: <Moon />, system: <Monitor /> };
const labels: Record<ThemeSetting, string> = { light: 'Light', dark: 'Dark', system: 'System' };

export function ThemeMenu() {
  const current = useThemeSetting();
  return (
    <Menu
      trigger={<IconButton label="Theme">{icons[current]}</IconButton>}
      entries={() => themeEntries(current)}
    />
  );
}

export function themeEntries(current: ThemeSetting): MenuEntry[] {
  return themeSettings.map((setting) => ({
    label: labels[setting],
    icon: icons[setting],
    checked: current === setting,
    onSelect: () => setTheme(setting),
  }));
}
