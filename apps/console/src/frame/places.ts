import { linkOptions } from '@tanstack/react-router';
import {
  Activity,
  BookOpen,
  Boxes,
  Building2,
  CircleHelp,
  Database,
  FileUp,
  KeyRound,
  LayoutDashboard,
  Mail,
  Server,
  ShieldCheck,
  Stamp,
  UserKey,
  Users,
  VenetianMask,
  Zap,
} from 'lucide-react';
import { type Me, reaches } from '../api/reach.ts';

/**
 * The pages that the sidebar and the command palette lead to, grouped as people think; `whom` says who is offered one. A
 * group appears when it has a page.
 */
const groups = [
  {
    label: undefined,
    links: [
      { icon: LayoutDashboard, label: 'Dashboard', whom: 'administrator', to: linkOptions({ to: '/' }) },
    ],
  },
  {
    label: 'People',
    links: [
      { icon: Users, label: 'Users', whom: 'administrator', to: linkOptions({ to: '/users' }) },
      { icon: ShieldCheck, label: 'Operators', whom: 'owner', to: linkOptions({ to: '/operators' }) },
      { icon: FileUp, label: 'Import', whom: 'administrator', to: linkOptions({ to: '/import' }) },
    ],
  },
  {
    label: 'Access',
    links: [
      { icon: Building2, label: 'Workspaces', whom: 'administrator', to: linkOptions({ to: '/workspaces' }) },
      { icon: Boxes, label: 'Permissions', whom: 'administrator', to: linkOptions({ to: '/permissions' }) },
      { icon: Zap, label: 'Actions', whom: 'administrator', to: linkOptions({ to: '/actions' }) },
      { icon: CircleHelp, label: 'Who may what', whom: 'administrator', to: linkOptions({ to: '/explain' }) },
    ],
  },
  {
    label: 'Services & data',
    links: [
      { icon: Database, label: 'Products', whom: 'operator', to: linkOptions({ to: '/products' }) },
      { icon: Stamp, label: 'Approvals', whom: 'operator', to: linkOptions({ to: '/approvals' }) },
      { icon: Server, label: 'Services', whom: 'administrator', to: linkOptions({ to: '/services' }) },
      {
        icon: BookOpen,
        label: 'API reference',
        whom: 'administrator',
        to: linkOptions({ to: '/reference' }),
      },
    ],
  },
  {
    label: 'Activity',
    links: [
      { icon: Activity, label: 'Activity', whom: 'administrator', to: linkOptions({ to: '/activity' }) },
      {
        icon: VenetianMask,
        label: 'Impersonation',
        whom: 'operator',
        to: linkOptions({ to: '/impersonation' }),
      },
      { icon: Mail, label: 'Mailbox', whom: 'administrator', to: linkOptions({ to: '/mailbox' }) },
    ],
  },
  {
    label: 'Settings',
    links: [
      { icon: UserKey, label: 'Your access', whom: 'operator', to: linkOptions({ to: '/access' }) },
      {
        icon: KeyRound,
        label: 'Sign-in',
        whom: 'administrator',
        to: linkOptions({ to: '/settings/sign-in' }),
      },
    ],
  },
] as const;

/** One place of the console. */
export type Place = (typeof groups)[number]['links'][number];

/** The places that somebody is offered, by group. */
export function placesFor(
  me: Pick<Me, 'admin' | 'roles'>,
): readonly { readonly label: string | undefined; readonly links: readonly Place[] }[] {
  return groups
    .map(({ label, links }) => ({
      label,
      links: (links as readonly Place[]).filter(({ whom }) => reaches(me, whom)),
    }))
    .filter(({ links }) => links.length > 0);
}
