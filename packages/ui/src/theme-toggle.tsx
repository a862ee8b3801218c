import { Monitor, Moon, Sun } from 'lucide-react';
import { MenuChoice, MenuLabel } from './menu.tsx';
import { chooseTheme, useTheme } from './theme-choice.ts';

const choices = [
  ['system', 'Like the system', Monitor],
  ['light', 'Light', Sun],
  ['dark', 'Dark', Moon],
] as const;

/** The three themes, as the items of a menu. */
export function ThemeMenuItems() {
  const theme = useTheme();
  return (
    <>
      <MenuLabel>Theme</MenuLabel>
      {choices.map(([value, label, icon]) => (
        <MenuChoice key={value} icon={icon} checked={theme === value} onSelect={() => chooseTheme(value)}>
          {label}
        </MenuChoice>
      ))}
    </>
  );
}
