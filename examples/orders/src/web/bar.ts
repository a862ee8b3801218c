import { element } from './element.ts';
import type { SignedIn, Workspace } from './session.ts';
import { brand } from './sign-in-view.ts';
import { roleWords } from './words.ts';

/** The bar above everything: where one is, as whom, and the way out. */
export function bar(options: {
  readonly user: SignedIn['user'];
  readonly workspace: Workspace;
  readonly workspaces: readonly Workspace[];
  onChosen(workspace: Workspace): void;
  /** What stands at its end. */
  readonly ways: readonly (Node | null)[];
}): HTMLElement {
  const { user, workspace, workspaces } = options;
  const place =
    workspaces.length > 1
      ? element(
          'select',
          {
            'aria-label': 'Workspace',
            onchange: ({ target }) => {
              const chosen = workspaces.find(({ id }) => id === (target as HTMLSelectElement).value);
              if (chosen) options.onChosen(chosen);
            },
          },
          ...workspaces.map(({ id, name }) =>
            element('option', { value: id, selected: id === workspace.id }, name),
          ),
        )
      : element('span', { class: 'place' }, workspace.name);
  return element(
    'header',
    { class: 'bar' },
    brand(),
    place,
    element(
      'div',
      { class: 'me' },
      element('span', { class: 'me-name', title: user.email }, user.name),
      element('span', { class: 'badge' }, roleWords[workspace.role]),
      ...options.ways,
    ),
  );
}
