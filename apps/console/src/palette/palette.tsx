import { CommandDialog, type CommandGroup, toast } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { type NavigateOptions, useNavigate } from '@tanstack/react-router';
import { Activity, Building2, Database, Server, Table2, UserRound } from 'lucide-react';
import { useState } from 'react';
import { queryClient } from '../api/queries.ts';
import type { Me } from '../api/reach.ts';
import { session } from '../api/session.ts';
import { failureToast } from '../api/use-action.ts';
import { placesFor } from '../frame/places.ts';
import { actionsFor } from './actions.ts';
import { type Found, useFound } from './found.ts';
import { matching } from './match.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const textOf = ({ label, hint }: Pick<Found, 'label' | 'hint'>) => `${label} ${hint ?? ''}`;

export interface PaletteProps {
  readonly onClose: () => void;
}

/** Finds anything in the console by its name: pages, actions, people, workspaces, services, and what products hold. */
export function Palette({ onClose }: PaletteProps) {
  const { data: me } = useQuery(session);
  return me ? <OpenPalette me={me} onClose={onClose} /> : null;
}

function OpenPalette({ me, onClose }: PaletteProps & { me: Me }) {
  const [search, setSearch] = useState('');
  const navigate = useNavigate();
  const go = (to: NavigateOptions) => void navigate(to);
  const found = useFound(me, search);
  const typed = search.trim();

  const places = placesFor(me)
    .flatMap(({ links }) => links)
    .map(({ icon, label, to }) => ({ id: `page-${to.to}`, icon, label, run: () => go(to) }));
  const actions = actionsFor(me, {
    go,
    onSignedOut: () => {
      queryClient.clear();
      go({ to: '/sign-in' });
    },
    onFailed: (error) => toast(failureToast(error)),
  });
  const groups: CommandGroup[] = [
    { label: 'Pages', commands: matching(typed, places, ({ label }) => label) },
    {
      label: 'Data',
      commands: matching(
        typed,
        [
          ...found.products.map((each) => ({ ...each, kind: 'product' as const })),
          ...found.models.map((each) => ({ ...each, kind: 'model' as const })),
        ],
        textOf,
      )
        .slice(0, typed ? 12 : 6)
        .map((each) =>
          each.kind === 'product'
            ? {
                id: `product-${each.id}`,
                icon: Database,
                label: each.label,
                hint: 'Product',
                run: () => go({ href: `/products/${each.id}` }),
              }
            : {
                id: `model-${each.id}`,
                icon: Table2,
                label: each.label,
                hint: each.hint,
                run: () => go({ href: `/products/${each.productId}/${encodeURIComponent(each.model)}` }),
              },
        ),
    },
  ];
  if (typed !== '')
    groups.push(
      {
        label: 'People',
        // Answers to what was typed before are shown as far as they still match.
        commands: matching(typed, found.people, textOf).map(({ id, label, hint }) => ({
          ...{ id: `user-${id}`, icon: UserRound, label, hint },
          run: () => go({ to: '/users/$id', params: { id } }),
        })),
      },
      {
        label: 'Workspaces',
        commands: matching(typed, found.workspaces, textOf).map(({ id, label, hint }) => ({
          ...{ id: `workspace-${id}`, icon: Building2, label, hint },
          run: () => go({ to: '/workspaces/$id', params: { id } }),
        })),
      },
      {
        label: 'Services',
        commands: matching(typed, found.services, textOf).map(({ id, label, hint }) => ({
          ...{ id: `service-${id}`, icon: Server, label, hint },
          run: () => go({ to: '/services/$id', params: { id } }),
        })),
      },
    );
  if (me.admin && uuid.test(typed))
    groups.push({
      label: 'Activity',
      commands: [
        {
          id: 'about-id',
          icon: Activity,
          label: 'Activity about this id',
          run: () => go({ to: '/activity', search: { target: typed.toLowerCase() } }),
        },
        {
          id: 'by-id',
          icon: Activity,
          label: 'Activity by this id',
          run: () => go({ to: '/activity', search: { actor: typed.toLowerCase() } }),
        },
      ],
    });
  // Actions come last: they begin something, and what is looked for is mostly a place.
  groups.push({ label: 'Actions', commands: matching(typed, actions, ({ label }) => label) });
  return (
    <CommandDialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Search everything"
      placeholder={me.admin ? 'Pages, people, services, data, actions' : 'Pages, data, actions'}
      search={search}
      onSearch={setSearch}
      groups={groups}
      isSearching={found.isSearching}
      nothing="Nothing has this name"
    />
  );
}
