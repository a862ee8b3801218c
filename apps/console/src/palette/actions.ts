import { adminLogout } from '@castellan/contract';
import { type Command, chooseTheme } from '@castellan/ui';
import { linkOptions, type NavigateOptions } from '@tanstack/react-router';
import {
  Building2,
  FileUp,
  KeyRound,
  LogOut,
  Monitor,
  Moon,
  Plus,
  ShieldPlus,
  Sun,
  UserPlus,
} from 'lucide-react';
import { call } from '../api/call.ts';
import { type Me, type Reach, reaches } from '../api/reach.ts';

/** What an action can ask of the page that it is run from. */
export interface Doing {
  readonly go: (to: NavigateOptions) => void;
  /** After the session has ended. */
  readonly onSignedOut: () => void;
  readonly onFailed: (error: Error) => void;
}

type Action = Omit<Command, 'run'> & { readonly whom: Reach; readonly run: (doing: Doing) => void };

const opening =
  (to: NavigateOptions) =>
  ({ go }: Doing): void =>
    go(to);

/** What can be done from anywhere; each opens where it is done, or is undone by its opposite. */
const actions: readonly Action[] = [
  {
    id: 'invite',
    icon: UserPlus,
    label: 'Invite people',
    whom: 'administrator',
    run: opening(linkOptions({ to: '/users', search: { invite: true } })),
  },
  {
    id: 'add-operator',
    icon: ShieldPlus,
    label: 'Add an operator',
    whom: 'owner',
    run: opening(linkOptions({ to: '/operators', search: { add: true } })),
  },
  {
    id: 'create-workspace',
    icon: Building2,
    label: 'Create a workspace',
    whom: 'administrator',
    run: opening(linkOptions({ to: '/workspaces', search: { create: true } })),
  },
  {
    id: 'register-service',
    icon: Plus,
    label: 'Register a service',
    whom: 'administrator',
    run: opening(linkOptions({ to: '/services', search: { register: true } })),
  },
  {
    id: 'import-people',
    icon: FileUp,
    label: 'Import people from a file',
    whom: 'administrator',
    run: opening(linkOptions({ to: '/import' })),
  },
  {
    id: 'add-provider',
    icon: KeyRound,
    label: 'Add a sign-in provider',
    whom: 'administrator',
    run: opening(linkOptions({ to: '/settings/sign-in', search: { add: true } })),
  },
  {
    id: 'theme-light',
    icon: Sun,
    label: 'Use the light theme',
    whom: 'operator',
    run: () => chooseTheme('light'),
  },
  {
    id: 'theme-dark',
    icon: Moon,
    label: 'Use the dark theme',
    whom: 'operator',
    run: () => chooseTheme('dark'),
  },
  {
    id: 'theme-system',
    icon: Monitor,
    label: 'Use the theme of the system',
    whom: 'operator',
    run: () => chooseTheme('system'),
  },
  {
    id: 'sign-out',
    icon: LogOut,
    label: 'Sign out',
    whom: 'operator',
    run: ({ onSignedOut, onFailed }) => void call(adminLogout, {}).then(onSignedOut, onFailed),
  },
];

/** The actions that somebody is offered. */
export function actionsFor(me: Me, doing: Doing): readonly Command[] {
  return actions
    .filter(({ whom }) => reaches(me, whom))
    .map(({ whom: _, run, ...action }) => ({ ...action, id: `action-${action.id}`, run: () => run(doing) }));
}
