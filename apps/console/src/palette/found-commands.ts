import type { Command, CommandGroup } from '@castellan/ui';
import type { NavigateOptions } from '@tanstack/react-router';
import { Activity, Building2, Database, Rows3, Server, Table2, UserRound } from 'lucide-react';
import type { Everything, Found } from './found.ts';
import { matching } from './match.ts';

type Go = (to: NavigateOptions) => void;

const textOf = ({ label, hint }: Pick<Found, 'label' | 'hint'>) => `${label} ${hint ?? ''}`;
/** Models and products of one search; without one, those that stand first. */
const dataShown = { typed: 12, untyped: 6 };
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What was found of one kind. Answers to what was typed before are shown as far as they still match. */
function groupOf(
  label: string,
  kind: Pick<Command, 'icon'> & { readonly name: string; readonly to: (id: string) => void },
  typed: string,
  found: readonly Found[],
): CommandGroup {
  return {
    label,
    commands: matching(typed, found, textOf).map((each) => ({
      ...each,
      id: `${kind.name}-${each.id}`,
      icon: kind.icon,
      run: () => kind.to(each.id),
    })),
  };
}

/** The products that can be opened, and what they hold. */
export function dataGroup(found: Everything, typed: string, go: Go): CommandGroup {
  const products = found.products.map(
    ({ id, label }): Command => ({
      ...{ id: `product-${id}`, icon: Database, label, hint: 'Product' },
      run: () => go({ to: '/products/$id', params: { id } }),
    }),
  );
  const models = found.models.map(
    ({ id, label, hint, productId, model }): Command => ({
      ...{ id: `model-${id}`, icon: Table2, label, hint },
      run: () => go({ to: '/products/$id/$model', params: { id: productId, model }, search: {} }),
    }),
  );
  return {
    label: 'Data',
    commands: matching(typed, [...products, ...models], textOf).slice(
      0,
      typed === '' ? dataShown.untyped : dataShown.typed,
    ),
  };
}

/** People, workspaces and services of what was typed; the activity of an id. */
export function foundGroups(found: Everything, typed: string, go: Go): readonly CommandGroup[] {
  return [
    groupOf(
      'People',
      { name: 'user', icon: UserRound, to: (id) => go({ to: '/users/$id', params: { id } }) },
      typed,
      found.people,
    ),
    groupOf(
      'Workspaces',
      { name: 'workspace', icon: Building2, to: (id) => go({ to: '/workspaces/$id', params: { id } }) },
      typed,
      found.workspaces,
    ),
    groupOf(
      'Services',
      { name: 'service', icon: Server, to: (id) => go({ to: '/services/$id', params: { id } }) },
      typed,
      found.services,
    ),
  ];
}

/** Rows of products, by product and model; each opens in its list. */
export function rowGroups({ rows }: Everything, typed: string, go: Go): readonly CommandGroup[] {
  return rows.map(({ productId, product, model, rows: found, asked }) => ({
    label: `${product} · ${model.label}`,
    // The product decides what fits; of an answer to what was typed before, only what can be seen to fit still.
    commands: (asked === typed ? found : matching(typed, found, textOf)).map(({ id, label, hint }) => ({
      ...{ id: `row-${productId}-${model.name}-${id}`, icon: Rows3, label, hint },
      run: () =>
        go({ to: '/products/$id/$model', params: { id: productId, model: model.name }, search: { row: id } }),
    })),
  }));
}

/** Where an id that was pasted leads: it stands in the timeline, whatever it is of. */
export function idGroup(typed: string, go: Go): CommandGroup {
  const id = typed.toLowerCase();
  return {
    label: 'Activity',
    commands: uuid.test(typed)
      ? [
          {
            ...{ id: 'about-id', icon: Activity, label: 'Activity about this id' },
            run: () => go({ to: '/activity', search: { target: id } }),
          },
          {
            ...{ id: 'by-id', icon: Activity, label: 'Activity by this id' },
            run: () => go({ to: '/activity', search: { actor: id } }),
          },
        ]
      : [],
  };
}
