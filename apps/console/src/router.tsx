// Long because it is one list: every page of the console with its address.
import {
  activityActions,
  approvalStates,
  everyService,
  operatorRoles,
  resourceRights,
  userSorts,
  userStates,
  visibilities,
  workspaceRoles,
  workspaceSorts,
} from '@castellan/contract';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { z } from 'zod';
import { CallError } from './api/call.ts';
import { queryClient } from './api/queries.ts';
import { NotForYou, reaches } from './api/reach.ts';
import { session } from './api/session.ts';
import { FailedPage, MissingPage } from './frame/failed-page.tsx';
import { Frame } from './frame/frame.tsx';

// Every page and filter has an address: the search parameters are checked here, and a wrong one is dropped.
const dropped = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const text = dropped(z.string().max(200));
const anyId = dropped(z.guid());

const root = createRootRouteWithContext<Record<never, never>>()({
  component: Outlet,
  notFoundComponent: MissingPage,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: z.object({
    // The page knows the codes; their texts come with it.
    error: text,
    notice: dropped(z.enum(['set_up'])),
    returnTo: text,
  }),
  loader: async () => (await import('./pages/sign-in.tsx')).load(),
  component: lazyRouteComponent(() => import('./pages/sign-in.tsx'), 'SignInPage'),
});

const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  component: Frame,
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(session);
    } catch (error) {
      if (!(error instanceof CallError) || (error.status !== 401 && error.status !== 403)) throw error;
      throw redirect({
        to: '/sign-in',
        search: {
          returnTo: location.href === '/' ? undefined : location.href,
          error: error.code === 'not_admin' ? 'not_admin' : undefined,
        },
        replace: true,
      });
    }
  },
});

/** Shows a page only to whom it is for; the server refuses the others by itself. */
const onlyFor = (whom: NotForYou['whom']) => async () => {
  const me = await queryClient.ensureQueryData(session);
  if (!reaches(me, whom)) throw new NotForYou(whom);
};
const forAdministrators = onlyFor('administrator');

const dashboard = createRoute({
  getParentRoute: () => frame,
  path: '/',
  // It counts people and workspaces: others begin with what they have.
  beforeLoad: async () => {
    const me = await queryClient.ensureQueryData(session);
    if (!me.admin) throw redirect({ to: '/products', replace: true });
  },
  loader: async () => (await import('./pages/dashboard.tsx')).load(),
  component: lazyRouteComponent(() => import('./pages/dashboard.tsx'), 'DashboardPage'),
});

const users = createRoute({
  getParentRoute: () => frame,
  path: '/users',
  beforeLoad: forAdministrators,
  validateSearch: z.object({
    search: text,
    state: dropped(z.enum(userStates)),
    admin: dropped(z.boolean()),
    sort: dropped(z.enum(userSorts)),
    invite: dropped(z.literal(true)),
  }),
  loaderDeps: ({ search }) => search,
  loader: async ({ deps }) => (await import('./pages/users.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/users.tsx'), 'UsersPage'),
});

const user = createRoute({
  getParentRoute: () => frame,
  path: '/users/$id',
  beforeLoad: forAdministrators,
  loader: async ({ params }) => (await import('./pages/user.tsx')).load(params.id),
  component: lazyRouteComponent(() => import('./pages/user.tsx'), 'UserPage'),
});

const workspaces = createRoute({
  getParentRoute: () => frame,
  path: '/workspaces',
  beforeLoad: forAdministrators,
  validateSearch: z.object({
    search: text,
    sort: dropped(z.enum(workspaceSorts)),
    create: dropped(z.literal(true)),
  }),
  loaderDeps: ({ search }) => search,
  loader: async ({ deps }) => (await import('./pages/workspaces.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/workspaces.tsx'), 'WorkspacesPage'),
});

const workspace = createRoute({
  getParentRoute: () => frame,
  path: '/workspaces/$id',
  beforeLoad: forAdministrators,
  validateSearch: z.object({
    tab: dropped(z.enum(['members', 'groups', 'roles', 'sign-in', 'activity'])),
    search: text,
    role: dropped(z.enum(workspaceRoles)),
    group: anyId,
  }),
  loader: async ({ params }) => (await import('./pages/workspace.tsx')).load(params.id),
  component: lazyRouteComponent(() => import('./pages/workspace.tsx'), 'WorkspacePage'),
});

const role = createRoute({
  getParentRoute: () => frame,
  path: '/workspaces/$id/roles/$roleId',
  beforeLoad: forAdministrators,
  loader: async ({ params }) => (await import('./pages/role.tsx')).load(params.id, params.roleId),
  component: lazyRouteComponent(() => import('./pages/role.tsx'), 'RolePage'),
});

const actions = createRoute({
  getParentRoute: () => frame,
  path: '/actions',
  beforeLoad: forAdministrators,
  validateSearch: z.object({ search: text, service: text, absent: dropped(z.boolean()) }),
  loaderDeps: ({ search }) => search,
  loader: async ({ deps }) => (await import('./pages/actions.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/actions.tsx'), 'ActionsPage'),
});

const permissions = createRoute({
  getParentRoute: () => frame,
  path: '/permissions',
  beforeLoad: forAdministrators,
  validateSearch: z.object({
    search: text,
    workspace: anyId,
    service: text,
    type: text,
    owner: anyId,
    visibility: dropped(z.enum(visibilities)),
  }),
  loaderDeps: ({ search }) => search,
  loader: async ({ deps }) => (await import('./pages/permissions.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/permissions.tsx'), 'PermissionsPage'),
});

const permission = createRoute({
  getParentRoute: () => frame,
  path: '/permissions/$id',
  beforeLoad: forAdministrators,
  loader: async ({ params }) => (await import('./pages/permission.tsx')).load(params.id),
  component: lazyRouteComponent(() => import('./pages/permission.tsx'), 'PermissionPage'),
});

const explain = createRoute({
  getParentRoute: () => frame,
  path: '/explain',
  beforeLoad: forAdministrators,
  validateSearch: z.object({
    user: anyId,
    about: dropped(z.enum(['action', 'resource'])),
    service: text,
    workspace: anyId,
    action: text,
    type: text,
    resource: text,
    right: dropped(z.enum(resourceRights)),
    by: dropped(z.literal('delegate')),
    granted: dropped(z.string().max(4000)),
  }),
  loaderDeps: ({ search }) => search,
  loader: async ({ deps }) => (await import('./pages/explain.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/explain.tsx'), 'ExplainPage'),
});

const operators = createRoute({
  getParentRoute: () => frame,
  path: '/operators',
  beforeLoad: onlyFor('owner'),
  validateSearch: z.object({
    search: text,
    service: dropped(z.union([z.literal(everyService), z.guid()])),
    role: dropped(z.enum(operatorRoles)),
    person: anyId,
    add: dropped(z.literal(true)),
  }),
  loaderDeps: ({ search: { search, service, role } }) => ({ search, service, role }),
  loader: async ({ deps }) => (await import('./pages/operators.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/operators.tsx'), 'OperatorsPage'),
});

const ownAccess = createRoute({
  getParentRoute: () => frame,
  path: '/access',
  loader: async () => (await import('./pages/own-access.tsx')).load(),
  component: lazyRouteComponent(() => import('./pages/own-access.tsx'), 'OwnAccessPage'),
});

const imports = createRoute({
  getParentRoute: () => frame,
  path: '/import',
  beforeLoad: forAdministrators,
  loader: async () => (await import('./pages/imports.tsx')).load(),
  component: lazyRouteComponent(() => import('./pages/imports.tsx'), 'ImportsPage'),
});

const importJob = createRoute({
  getParentRoute: () => frame,
  path: '/import/$id',
  beforeLoad: forAdministrators,
  validateSearch: z.object({ problems: dropped(z.boolean()) }),
  loader: async ({ params }) => (await import('./pages/import.tsx')).load(params.id),
  component: lazyRouteComponent(() => import('./pages/import.tsx'), 'ImportPage'),
});

const activity = createRoute({
  getParentRoute: () => frame,
  path: '/activity',
  beforeLoad: forAdministrators,
  validateSearch: z.object({
    action: dropped(z.enum(activityActions)),
    actor: anyId,
    target: anyId,
    workspace: anyId,
    since: dropped(z.iso.date()),
    until: dropped(z.iso.date()),
    event: anyId,
  }),
  loaderDeps: ({ search: { event: _, ...filters } }) => filters,
  loader: async ({ deps }) => (await import('./pages/activity.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/activity.tsx'), 'ActivityPage'),
});

const services = createRoute({
  getParentRoute: () => frame,
  path: '/services',
  beforeLoad: forAdministrators,
  validateSearch: z.object({ search: text, register: dropped(z.literal(true)) }),
  loaderDeps: ({ search: { search } }) => ({ search }),
  loader: async ({ deps }) => (await import('./pages/services.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/services.tsx'), 'ServicesPage'),
});

const selfRegisteredClients = createRoute({
  getParentRoute: () => frame,
  path: '/services/clients',
  beforeLoad: forAdministrators,
  validateSearch: z.object({ search: text, state: dropped(z.literal('ended')), client: anyId }),
  loaderDeps: ({ search: { search, state } }) => ({ search, state }),
  loader: async ({ deps }) => (await import('./pages/self-registered-clients.tsx')).load(deps),
  component: lazyRouteComponent(
    () => import('./pages/self-registered-clients.tsx'),
    'SelfRegisteredClientsPage',
  ),
});

const service = createRoute({
  getParentRoute: () => frame,
  path: '/services/$id',
  beforeLoad: forAdministrators,
  validateSearch: z.object({ clients: dropped(z.literal('ended')) }),
  loaderDeps: ({ search }) => search,
  loader: async ({ params, deps }) =>
    (await import('./pages/service.tsx')).load(params.id, deps.clients === 'ended'),
  component: lazyRouteComponent(() => import('./pages/service.tsx'), 'ServicePage'),
});

const client = createRoute({
  getParentRoute: () => frame,
  path: '/services/$id/clients/$cid',
  beforeLoad: forAdministrators,
  validateSearch: z.object({ secret: dropped(z.literal('new')) }),
  loader: async ({ params }) => (await import('./pages/client.tsx')).load(params.id, params.cid),
  component: lazyRouteComponent(() => import('./pages/client.tsx'), 'ClientPage'),
});

const mailbox = createRoute({
  getParentRoute: () => frame,
  path: '/mailbox',
  beforeLoad: forAdministrators,
  validateSearch: z.object({ search: text, mail: anyId }),
  loaderDeps: ({ search: { search } }) => ({ search }),
  loader: async ({ deps }) => (await import('./pages/mailbox.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/mailbox.tsx'), 'MailboxPage'),
});

const signInProviders = createRoute({
  getParentRoute: () => frame,
  path: '/settings/sign-in',
  beforeLoad: forAdministrators,
  validateSearch: z.object({ search: text, add: dropped(z.literal(true)) }),
  loaderDeps: ({ search: { search } }) => ({ search }),
  loader: async ({ deps }) => (await import('./pages/sign-in-providers.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/sign-in-providers.tsx'), 'SignInProvidersPage'),
});

const signInProvider = createRoute({
  getParentRoute: () => frame,
  path: '/settings/sign-in/$id',
  beforeLoad: forAdministrators,
  loader: async ({ params }) => (await import('./pages/sign-in-provider.tsx')).load(params.id),
  component: lazyRouteComponent(() => import('./pages/sign-in-provider.tsx'), 'SignInProviderPage'),
});

const reference = createRoute({
  getParentRoute: () => frame,
  path: '/reference',
  beforeLoad: forAdministrators,
  validateSearch: z.object({ search: text }),
  loader: async () => (await import('./pages/reference.tsx')).load(),
  component: lazyRouteComponent(() => import('./pages/reference.tsx'), 'ReferencePage'),
});

const products = createRoute({
  getParentRoute: () => frame,
  path: '/products',
  loader: async () => (await import('./pages/products.tsx')).load(),
  component: lazyRouteComponent(() => import('./pages/products.tsx'), 'ProductsPage'),
});

const product = createRoute({
  getParentRoute: () => frame,
  path: '/products/$id',
  validateSearch: z.object({ search: text }),
  loader: async ({ params }) => (await import('./pages/product.tsx')).load(params.id),
  component: lazyRouteComponent(() => import('./pages/product.tsx'), 'ProductPage'),
});

const productModel = createRoute({
  getParentRoute: () => frame,
  path: '/products/$id/$model',
  validateSearch: z.object({
    search: text,
    // The page reads it against the model: what the model does not have is said there.
    filter: z.unknown().optional(),
    sort: text,
    columns: dropped(z.array(z.string().max(200)).max(100)),
    cursor: dropped(z.string().max(4000)),
    view: anyId,
    row: dropped(z.union([z.string().max(1000), z.number().transform(String)])),
    tab: dropped(z.enum(['details', 'related', 'history'])),
    panel: dropped(z.enum(['new', 'edit'])),
  }),
  loader: async ({ params }) => (await import('./pages/product-model.tsx')).load(params.id),
  component: lazyRouteComponent(() => import('./pages/product-model.tsx'), 'ProductModelPage'),
});

const approvals = createRoute({
  getParentRoute: () => frame,
  path: '/approvals',
  validateSearch: z.object({ state: dropped(z.enum(approvalStates)), approval: anyId }),
  loaderDeps: ({ search: { state } }) => ({ state }),
  loader: async ({ deps }) => (await import('./pages/approvals.tsx')).load(deps.state),
  component: lazyRouteComponent(() => import('./pages/approvals.tsx'), 'ApprovalsPage'),
});

const impersonation = createRoute({
  getParentRoute: () => frame,
  path: '/impersonation',
  validateSearch: z.object({ state: dropped(z.literal('past')) }),
  loaderDeps: ({ search }) => search,
  loader: async ({ deps }) => (await import('./pages/impersonation.tsx')).load(deps),
  component: lazyRouteComponent(() => import('./pages/impersonation.tsx'), 'ImpersonationPage'),
});

const routeTree = root.addChildren([
  signIn,
  frame.addChildren([
    dashboard,
    users,
    user,
    workspaces,
    workspace,
    role,
    actions,
    permissions,
    permission,
    explain,
    operators,
    ownAccess,
    imports,
    importJob,
    activity,
    products,
    product,
    productModel,
    approvals,
    impersonation,
    services,
    selfRegisteredClients,
    service,
    client,
    mailbox,
    signInProviders,
    signInProvider,
    reference,
  ]),
]);

/** The console's pages. Each is loaded when it is first opened, or when the pointer rests on a link to it. */
export const router = createRouter({
  routeTree,
  context: {},
  defaultPreload: 'intent',
  defaultPreloadDelay: 80,
  scrollRestoration: true,
  defaultErrorComponent: FailedPage,
  defaultNotFoundComponent: MissingPage,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
