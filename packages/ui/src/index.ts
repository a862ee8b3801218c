export { Avatar, type AvatarProps, initialsOf } from './avatar.tsx';
export { Badge, type BadgeProps, type Meaning } from './badge.tsx';
export { BarChart, type BarChartProps, type DayCount } from './bar-chart.tsx';
export {
  Button,
  type ButtonKind,
  type ButtonProps,
  buttonClasses,
  IconButton,
  type IconButtonProps,
} from './button.tsx';
export { Card, type CardProps } from './card.tsx';
export { Checkbox, type CheckboxProps, Switch, type SwitchProps } from './choice.tsx';
export { classNames } from './class-names.ts';
export {
  type Command,
  CommandDialog,
  type CommandDialogProps,
  type CommandGroup,
} from './command-dialog.tsx';
export { ConfirmDialog, type ConfirmDialogProps } from './confirm-dialog.tsx';
export { CopyId, type CopyIdProps, useCopy } from './copy-id.tsx';
export type { Column } from './data-rows.tsx';
export { DataTable, type DataTableProps, type Selection } from './data-table.tsx';
export { DefinitionList, type DefinitionListProps } from './definition-list.tsx';
export { Dialog, type DialogProps, SidePanel, type SidePanelProps } from './dialog.tsx';
export { Field, type FieldProps, Input, Select, type SelectProps, Textarea } from './field.tsx';
export {
  Chip,
  type ChipProps,
  type FilterChoice,
  FilterMenu,
  type FilterMenuProps,
} from './filter-chips.tsx';
export { FilterPopover, type FilterPopoverProps } from './filter-popover.tsx';
export {
  Menu,
  MenuChoice,
  MenuItem,
  type MenuItemProps,
  MenuLabel,
  type MenuProps,
  MenuSeparator,
} from './menu.tsx';
export { PageHeader, type PageHeaderProps } from './page-header.tsx';
export { Picker, type PickerOption, type PickerProps } from './picker.tsx';
export { Popover, type PopoverProps } from './popover.tsx';
export { dayOf, describeTime, exactTime, RelativeTime } from './relative-time.tsx';
export { SearchBox, type SearchBoxProps } from './search-box.tsx';
export { CommandBox, SecretBox, type SecretBoxProps } from './secret-box.tsx';
export { SelectionBar, type SelectionBarProps } from './selection-bar.tsx';
export { Skeleton } from './skeleton.tsx';
export { Stat, type StatProps } from './stat.tsx';
export { EmptyState, type EmptyStateProps, ErrorState, type Failure, NoMatch } from './states.tsx';
export { type Tab, Tabs, type TabsProps } from './tabs.tsx';
export { chooseTheme, type Theme, themeStorageKey, themes, useTheme } from './theme-choice.ts';
export { ThemeMenuItems } from './theme-toggle.tsx';
export { Timeline, type TimelineEntry, TimelineSkeleton } from './timeline.tsx';
export { Toaster } from './toaster.tsx';
export { type ToastMessage, toast } from './toasts.ts';
export { Tooltip, type TooltipProps, TooltipProvider } from './tooltip.tsx';
