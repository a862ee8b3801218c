import type { RouteDefinition } from './route.ts';
import { activityExport, activityList, activityRead, stats } from './routes/activity.ts';
import {
  importExecute,
  importPreview,
  importRead,
  importRows,
  importsList,
  importTemplate,
} from './routes/imports.ts';
import { mailExport, mailList, mailRead } from './routes/mail.ts';
import { errorPage, health, home, jwks, metrics, openApi, ready } from './routes/operations.ts';
import { servicesList } from './routes/services.ts';
import { sessionsCheck } from './routes/sessions.ts';
import {
  adminLogin,
  adminLogout,
  adminSession,
  invitationAccept,
  invitationPage,
  login,
  logout,
  refresh,
  setupComplete,
  setupPage,
} from './routes/sign-in.ts';
import {
  usersAddToWorkspace,
  usersCreate,
  usersDelete,
  usersEndSession,
  usersEndSessions,
  usersExport,
  usersInvite,
  usersList,
  usersRead,
  usersSetStates,
  usersUpdate,
} from './routes/users.ts';
import {
  groupMembersAdd,
  groupMembersList,
  groupMembersRemove,
  groupsCreate,
  groupsDelete,
  groupsList,
  groupsUpdate,
  membersInvite,
  membersList,
  membersRemove,
  membersUpdate,
  workspacesAll,
  workspacesCreate,
  workspacesDelete,
  workspacesExport,
  workspacesList,
  workspacesRead,
  workspacesUpdate,
} from './routes/workspaces.ts';

/** Every operation of the wire contract. A route that is not here does not exist. */
export const allRoutes = [
  // activity
  activityList,
  activityRead,
  activityExport,
  stats,
  // imports
  importPreview,
  importExecute,
  importsList,
  importRead,
  importRows,
  importTemplate,
  // mail
  mailList,
  mailRead,
  mailExport,
  // operations
  jwks,
  health,
  ready,
  errorPage,
  home,
  openApi,
  metrics,
  // services
  servicesList,
  // sessions
  sessionsCheck,
  // sign-in
  login,
  refresh,
  logout,
  adminLogin,
  adminSession,
  adminLogout,
  invitationPage,
  invitationAccept,
  setupPage,
  setupComplete,
  // users
  usersList,
  usersCreate,
  usersRead,
  usersUpdate,
  usersDelete,
  usersSetStates,
  usersAddToWorkspace,
  usersInvite,
  usersEndSessions,
  usersEndSession,
  usersExport,
  // workspaces
  workspacesList,
  workspacesAll,
  workspacesCreate,
  workspacesRead,
  workspacesUpdate,
  workspacesDelete,
  workspacesExport,
  membersList,
  membersInvite,
  membersUpdate,
  membersRemove,
  groupsList,
  groupsCreate,
  groupsUpdate,
  groupsDelete,
  groupMembersList,
  groupMembersAdd,
  groupMembersRemove,
] as const satisfies readonly RouteDefinition[];

/** The name of one operation, `users.read`. */
export type RouteId = (typeof allRoutes)[number]['id'];
