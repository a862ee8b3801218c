import { CommandDialog, type CommandGroup, toast } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { type NavigateOptions, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { queryClient } from '../api/queries.ts';
import type { Me } from '../api/reach.ts';
import { session } from '../api/session.ts';
import { failureToast } from '../api/use-action.ts';
import { placesFor } from '../frame/places.ts';
import { actionsFor } from './actions.ts';
import { useFound } from './found.ts';
import { dataGroup, foundGroups, idGroup, rowGroups } from './found-commands.ts';
import { matching } from './match.ts';

export interface PaletteProps {
  readonly onClose: () => void;
}

/** Finds anything in the console by its name: pages, actions, people, workspaces, services, what products hold, and their rows. */
export function Palette({ onClose }: PaletteProps) {
  const { data: me } = useQuery(session);
  return me ? <OpenPalette me={me} onClose={onClose} /> : null;
}

function OpenPalette({ me, onClose }: PaletteProps & { me: Me }) {
  const [search, setSearch] = useState('');
  const navigate = useNavigate();
  const found = useFound(me, search);
  const typed = search.trim();

  const go = (to: NavigateOptions) => void navigate(to);
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
  const groups: readonly CommandGroup[] = [
    { label: 'Pages', commands: matching(typed, places, ({ label }) => label) },
    dataGroup(found, typed, go),
    ...(typed !== '' && me.admin ? [...foundGroups(found, typed, go), idGroup(typed, go)] : []),
    ...rowGroups(found, typed, go),
    // Last, because they begin something, and what is looked for is mostly a place.
    { label: 'Actions', commands: matching(typed, actions, ({ label }) => label) },
  ];
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
