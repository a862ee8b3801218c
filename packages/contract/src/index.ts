export { allRoutes, type RouteId } from './all-routes.ts';
export { type ErrorCode, type ErrorRule, errorCatalogue, errorCodes, type FieldError } from './errors.ts';
export { type ActivityAction, activityActions, activityEvents } from './events.ts';
export { listQuery, type Page, pageOf } from './page.ts';
export { Problem } from './problem.ts';
export {
  defineRoute,
  type Media,
  type Permission,
  pathOf,
  type RouteBody,
  type RouteDefinition,
  type RouteParams,
  type RouteQuery,
  type RouteResult,
} from './route.ts';
export {
  ActivityEvent,
  activityExport,
  activityList,
  activityRead,
  Stats,
  stats,
} from './routes/activity.ts';
export {
  ImportJob,
  ImportRow,
  type ImportRowProblem,
  importColumns,
  importExecute,
  importLimitBytes,
  importPreview,
  importProblemTexts,
  importRead,
  importRowProblems,
  importRows,
  importStates,
  importsList,
  importTemplate,
} from './routes/imports.ts';
export { Mail, mailExport, mailList, mailRead } from './routes/mail.ts';
export { errorPage, health, home, jwks, metrics, openApi, ready } from './routes/operations.ts';
export { Service, servicesList } from './routes/services.ts';
export { Inactive, inactiveReasons, LivePrincipal, SessionCheck, sessionsCheck } from './routes/sessions.ts';
export {
  adminLogin,
  adminLogout,
  adminSession,
  InvitationForm,
  invitationAccept,
  invitationPage,
  login,
  logout,
  refresh,
  SignedIn,
  setupComplete,
  setupPage,
} from './routes/sign-in.ts';
export {
  User,
  UserDetail,
  UserSession,
  userSorts,
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
export {
  Group,
  groupMembersAdd,
  groupMembersList,
  groupMembersRemove,
  groupsCreate,
  groupsDelete,
  groupsList,
  groupsUpdate,
  Member,
  membersInvite,
  membersList,
  membersRemove,
  membersUpdate,
  Workspace,
  WorkspaceDetail,
  workspaceSorts,
  workspacesAll,
  workspacesCreate,
  workspacesDelete,
  workspacesExport,
  workspacesList,
  workspacesRead,
  workspacesUpdate,
} from './routes/workspaces.ts';
export { adminCookieName, type TokenKind, type TokenKindRule, tokenKinds } from './token-kinds.ts';
export {
  type ActorKind,
  actorKinds,
  type GrantEnding,
  type GrantKind,
  grantEndings,
  grantKinds,
  type Listener,
  listeners,
  type TargetKind,
  targetKinds,
  type UserState,
  userStates,
  type WorkspaceRole,
  workspaceRoleSatisfies,
  workspaceRoles,
} from './vocabulary.ts';
export {
  displayName,
  email,
  id,
  instant,
  newPassword,
  password,
  queryBoolean,
  queryInteger,
  slug,
  type WireCodec,
  wire,
} from './wire.ts';
