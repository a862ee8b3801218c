import type { MissingFact, ResourceRight, WorkspaceRole } from '@castellan/contract';
import type { Decision, Step } from '../access/decide.ts';
import type { AskedResource, Question } from './read-question.ts';

interface Named {
  readonly name: string;
}

const gerund: Readonly<Record<ResourceRight, string>> = {
  view: 'viewing',
  edit: 'editing',
  manage: 'managing',
};

const nameOf = ({ type, key }: Pick<AskedResource, 'type' | 'key'>): string => `${type} ${key}`;
const aRole = (role: WorkspaceRole): string => (/^[aeo]/.test(role) ? `an ${role}` : `a ${role}`);

/** Each change in plain words, as an instruction. */
export const changeText = {
  activate: ({ name, state, canSignIn }: Question['person']): string => {
    if (state === 'invited')
      return `Have ${name} accept the invitation: until then the account is not active`;
    return canSignIn ? `Activate ${name}` : `Activate ${name}, and have ${name} accept a new invitation`;
  },
  widenGrant: (granted: string): string => `Grant the delegate ${granted}`,
  addMember: (person: Named, workspace: Named | null, role: WorkspaceRole): string =>
    `Add ${person.name} to ${workspace ? `the workspace ${workspace.name}` : 'the workspace that it is to be in'} as ${aRole(role)}`,
  registerAction: (service: string, action: string): string =>
    `Have the service ${service} register ${action} again`,
  giveRole: (person: Named, role: string): string => `Give ${person.name} the role ${role}`,
  giveNewRole: (person: Named): string => `Give ${person.name} the new role`,
  addAction: (action: string, role: string, person: Named): string =>
    `Add ${action} to the role ${role}, which ${person.name} holds`,
  createRole: (workspace: Named, action: string): string =>
    `Create a role in the workspace ${workspace.name} with ${action}`,
  registerResource: (
    service: string,
    resource: AskedResource,
    workspace: Named | null,
    person: Named,
  ): string =>
    `Have the service ${service} register ${nameOf(resource)} in ${workspace ? `the workspace ${workspace.name}` : 'that workspace'}, with ${person.name} as its owner`,
  makeAdmin: (person: Named, workspace: Named): string =>
    `Make ${person.name} an admin of the workspace ${workspace.name}`,
  share: (person: Named, resource: AskedResource, right: ResourceRight): string =>
    `Share ${nameOf(resource)} with ${person.name} for ${gerund[right]}`,
  raiseShare: (person: Named, resource: AskedResource): string =>
    `Raise what is shared of ${nameOf(resource)} with ${person.name} from viewing to editing`,
} as const;

/** A decision in plain words. */
export function decisionText(question: Question, decision: Decision): string {
  if (!decision.allowed) return refusalText(question, decision.missing[0]!);
  const way = question.action ? actionPath(question, decision.path) : resourcePath(question, decision.path);
  return question.facts.granted === null ? way : `${way} The delegate was granted it too.`;
}

function actionPath({ person }: Question, path: readonly Step[]): string {
  const { group, role, action } = namesOf(path);
  const holds = group
    ? `${person.name} is in the group ${group}, which holds the role ${role}`
    : `${person.name} holds the role ${role}`;
  return `${holds}, which may ${action}.`;
}

function resourcePath(question: Question, path: readonly Step[]): string {
  const { person, request } = question;
  const thing = nameOf(question.resource!);
  const workspace = question.workspace?.name ?? '';
  const may = request.kind === 'resource' ? request.right : 'view';
  const names = namesOf(path);
  if (names.owner !== undefined)
    return `${person.name} is the owner of ${thing}, and may view, edit and manage it.`;
  if (names.share !== undefined) {
    const permission = gerund[names.share as ResourceRight];
    return names.group
      ? `${person.name} is in the group ${names.group}, with which ${thing} is shared for ${permission}.`
      : `${thing} is shared with ${person.name} for ${permission}.`;
  }
  const role = aRole(names.workspace_role as WorkspaceRole);
  if (names.visibility !== undefined)
    return `${person.name} is ${role} of the workspace ${workspace}, all of which sees ${thing}, and so may ${may} it.`;
  return `${person.name} is ${role} of the workspace ${workspace}, and may view, edit and manage everything in it.`;
}

function namesOf(path: readonly Step[]): Partial<Record<Step['kind'], string>> {
  return Object.fromEntries(path.map(({ kind, name }) => [kind, name]));
}

function refusalText(question: Question, missing: MissingFact): string {
  const { person, service, workspace, request } = question;
  const thing = question.resource ? nameOf(question.resource) : '';
  const place = workspace?.name ?? '';
  switch (missing) {
    case 'user_unknown':
      return `There is no ${person.name}.`;
    case 'user_inactive':
      return person.state === 'invited'
        ? `${person.name} was invited and has not accepted yet, and so may nothing.`
        : `${person.name} is deactivated, and so may nothing.`;
    case 'membership':
      return `${person.name} is not a member of the workspace ${place}.`;
    case 'action':
      return `The service ${service.name} registers ${question.action?.name} no more, so nobody may do it.`;
    case 'role_with_action':
      return `In the workspace ${place}, no role with ${question.action?.name} is held by ${person.name} or a group of theirs.`;
    case 'resource':
      return question.resource?.elsewhere
        ? `${thing} is in another workspace: ${place}.`
        : `The service ${service.name} has registered no ${thing}.`;
    case 'share':
      return `${thing} is neither shared with ${person.name} or a group of theirs, nor visible to the whole workspace ${place}.`;
    case 'edit_share':
      return `${person.name} may view ${thing}; nothing lets them edit it.`;
    case 'ownership':
      return `${thing} is managed by its owner and by admins and owners of the workspace ${place}; ${person.name} is none of them.`;
    case 'grant':
      return `${person.name} may, but the delegate was not granted ${request.kind === 'action' ? request.action : `${request.type}:${request.right}`}.`;
  }
}
