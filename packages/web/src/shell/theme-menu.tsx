import { Check, Monitor, Moon, Sun } from 'lucide-react';
import { IconButton } from './button.tsx';
import { Menu } from './menu.tsx';
import { setTheme, type ThemeSetting, themeSettings, useThemeSetting } from './theme.ts';

const icons = { light: <Sun />, dark: <Moon />, system: <Monitor /> };
const labels: Record<ThemeSetting, string> = { light: 'Light', dark: 'Dark', system: 'System' };

export function ThemeMenu() {
  const current = useThemeSetting();
  return (
    <Menu
      trigger={<IconButton label="Theme">{icons[current]}</IconButton>}
      entries={() =>
        themeSettings.map((setting) => ({
          label: labels[setting],
          icon: current === setting ? <Check /> : icons[setting],
          onSelect: () => setTheme(setting),
        }))
      }
    />
  );
}
