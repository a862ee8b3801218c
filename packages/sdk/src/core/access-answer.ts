import {
  type AccessAnswer,
  missingFacts,
  type PathStep,
  pathStepKinds,
  type RegisteredAction,
  type ResourceDetail,
  type ResourceShare,
  resourcePermissions,
  undecidedReasons,
  visibilities,
} from '@castellan/contract';
import { UnavailableError } from './errors.ts';

// Written by hand, like the answers of session checks: they must tolerate members that a newer platform adds. What is
// amiss throws, since a half-understood answer is none.

type Fields = Readonly<Record<string, unknown>>;

/** What an answer held that it must not. */
class Amiss extends Error {}

function amiss(what: string): never {
  throw new Amiss(what);
}

/** Runs a reader over an answer. @throws UnavailableError when it is something else */
export function understand<T>(answer: unknown, read: (fields: Fields) => T): T {
  try {
    return read(fieldsOf(answer));
  } catch (error) {
    if (error instanceof Amiss)
      throw new UnavailableError(`Castellan answered something else: ${error.message}`);
    throw error;
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : amiss('no object');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : amiss('no text');
}

function textOrNull(value: unknown): string | null {
  return value === null ? null : textOf(value);
}

function wholeNumber(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) ? value : amiss('no number');
}

/** `true` or `false` and nothing like it: a word that sounds like a yes is none. */
export function flagOf(value: unknown): boolean {
  return typeof value === 'boolean' ? value : amiss('neither true nor false');
}

/** A list whose entries are read one by one. */
export function listOf<T>(value: unknown, read: (entry: unknown) => T): T[] {
  return Array.isArray(value) ? value.map(read) : amiss('no list');
}

function momentOf(value: unknown): Date {
  const moment = new Date(textOf(value));
  return Number.isNaN(moment.getTime()) ? amiss('no time') : moment;
}

function oneOf<const T extends string>(known: readonly T[], value: unknown): T {
  return known.find((one) => one === value) ?? amiss(`none of ${known.join(', ')}`);
}

/** Texts of a list. */
export const textsOf = (value: unknown): string[] => listOf(value, textOf);

/** A text, where there is one. */
export const textIfAny = (value: unknown): string | undefined =>
  value === undefined ? undefined : textOf(value);

/** One answer of `POST /v1/access/check`. A reason that a newer platform has is a no like any other. */
export function readAccessAnswer(value: unknown): AccessAnswer {
  const { allowed, path, missing, code } = fieldsOf(value);
  if (flagOf(allowed)) {
    if (code !== undefined) amiss('a yes with a reason against it');
    return { allowed: true, path: listOf(path, readStep), missing: [] };
  }
  const reason = undecidedReasons.find((one) => one === code);
  return {
    allowed: false,
    path: [],
    missing: listOf(missing, textOf).filter((one) =>
      (missingFacts as readonly string[]).includes(one),
    ) as never,
    ...(reason === undefined ? {} : { code: reason }),
  };
}

function readStep(value: unknown): PathStep {
  const { kind, id, name } = fieldsOf(value);
  return {
    kind: oneOf(pathStepKinds, kind),
    ...(id === undefined ? {} : { id: textOf(id) }),
    name: textOf(name),
  };
}

/** One action of a registration. */
export function readAction(value: unknown): RegisteredAction {
  const { id, name, description, created_at, absent_since } = fieldsOf(value);
  return {
    id: textOf(id),
    name: textOf(name),
    description: textOf(description),
    createdAt: momentOf(created_at),
    absentSince: absent_since === null ? null : momentOf(absent_since),
  };
}

/** One resource of a registration. */
export function readRegistered(value: unknown) {
  const { type, id, permission_id, created } = fieldsOf(value);
  return {
    type: textOf(type),
    id: textOf(id),
    permissionId: textOf(permission_id),
    created: flagOf(created),
  };
}

/** A resource with its shares. */
export function readDetail(told: Fields): ResourceDetail {
  return {
    permissionId: textOf(told.permission_id),
    type: textOf(told.type),
    id: textOf(told.id),
    workspaceId: textOf(told.workspace_id),
    workspaceName: textOf(told.workspace_name),
    ownerId: textOrNull(told.owner_id),
    ownerName: textOrNull(told.owner_name),
    visibility: oneOf(visibilities, told.visibility),
    shares: listOf(told.shares, readShare),
    shareCount: wholeNumber(told.share_count),
    createdAt: momentOf(told.created_at),
    updatedAt: momentOf(told.updated_at),
  };
}

function readShare(value: unknown): ResourceShare {
  const { user_id, group_id, name, permission, created_at } = fieldsOf(value);
  return {
    ...(user_id === undefined ? {} : { userId: textOf(user_id) }),
    ...(group_id === undefined ? {} : { groupId: textOf(group_id) }),
    name: textOf(name),
    permission: oneOf(resourcePermissions, permission),
    createdAt: momentOf(created_at),
  };
}
