import type {
  authzenSearchAction,
  authzenSearchResource,
  authzenSearchSubject,
  RouteBody,
  RouteResult,
} from '@castellan/contract';
import { resourceRights } from '@castellan/contract';
import type { Pool } from 'pg';
import type { Cursors } from '../../platform/http/keyset.ts';
import type { ServicePrincipal } from '../../platform/http/principal.ts';
import { Refusal, refuseField } from '../../platform/refusal.ts';
import type { AccessPage } from '../access/access.ts';
import { type AuthzenDeps, isRight, isUnknown, personOf, workspaceType } from './authzen-evaluate.ts';
import { readWorkspacesOf } from './workspaces-of-person.ts';

/** What searches are answered with. */
export interface SearchDeps extends AuthzenDeps {
  readonly cursors: Cursors;
  readonly pool: Pool;
}

type Page = RouteBody<typeof authzenSearchSubject>['page'];
type Found<R> = { results: R[]; page: { next_token: string; count: number } };
type ReadPage = (after: string | undefined, limit: number) => Promise<AccessPage>;

const usualLimit = 200;
const largestLimit = 1000;
/** How often a page is filled up where an action leaves some of it out, before it is handed out as it is. */
const rounds = 10;
const nothing: AccessPage = { ids: [] };

/** Reads a page of what a search finds; its token works for the same search only. What is unknown is found nowhere (§8). */
async function readFound(
  { cursors }: SearchDeps,
  search: readonly string[],
  page: Page,
  read: ReadPage,
): Promise<{ ids: readonly string[]; page: Found<never>['page'] }> {
  const list = JSON.stringify(['authzen', ...search]);
  const limit = Math.min(page?.limit ?? usualLimit, largestLimit);
  const after = page?.token ? openToken(cursors, list, page.token) : undefined;
  const found = await read(after, limit).catch((error: unknown) => {
    if (isUnknown(error)) return nothing;
    throw error;
  });
  const next_token = found.next === undefined ? '' : cursors.seal(list, [found.next]);
  return { ids: found.ids, page: { next_token, count: found.ids.length } };
}

function openToken(cursors: Cursors, list: string, token: string): string | undefined {
  try {
    return cursors.open(list, token)[0] ?? undefined;
  } catch (error) {
    if (error instanceof Refusal)
      throw refuseField('page.token', 'does not belong to this search; start again without it');
    throw error;
  }
}

/** Fills a page with those candidates that are kept, so that no position is lost: it asks for as many as are missing. */
async function keepOnly(
  after: string | undefined,
  limit: number,
  read: ReadPage,
  keep: (ids: readonly string[]) => Promise<readonly boolean[]>,
): Promise<AccessPage> {
  const ids: string[] = [];
  let next = after;
  for (let round = 0; round < rounds; round++) {
    const page = await read(next, limit - ids.length);
    const kept = await keep(page.ids);
    ids.push(...page.ids.filter((_, index) => kept[index]));
    next = page.next;
    if (next === undefined || ids.length === limit) break;
  }
  return next === undefined ? { ids } : { ids, next };
}

/** §8.4: who may do an action to a resource. */
export async function searchSubjects(
  deps: SearchDeps,
  { serviceId }: ServicePrincipal,
  { subject, action, resource, page }: RouteBody<typeof authzenSearchSubject>,
): Promise<RouteResult<typeof authzenSearchSubject>> {
  const { access } = deps;
  const { type, id: key } = resource;
  const { name } = action;
  const withAction =
    (workspaceId: string): ReadPage =>
    (after, limit) =>
      access.subjectsOfAction({ serviceId, workspaceId, action: name, limit, ...(after ? { after } : {}) });
  const withRight =
    (right: (typeof resourceRights)[number]): ReadPage =>
    (after, limit) =>
      access.subjectsOfResource({ serviceId, type, key, right, limit, ...(after ? { after } : {}) });
  const read: ReadPage = async (after, limit) => {
    if (subject.type !== 'user') return nothing;
    if (type === workspaceType) return withAction(key)(after, limit);
    if (isRight(name)) return withRight(name)(after, limit);
    const [workspaceId] = await deps.findWorkspaces([{ serviceId, type, key }]);
    if (!workspaceId) return nothing;
    return keepOnly(after, limit, withAction(workspaceId), async (ids) => {
      const asked = ids.map((userId) => ({
        subject: personOf(userId),
        serviceId,
        type,
        key,
        right: 'view' as const,
      }));
      return (await access.checkResources(asked)).map(({ allowed }) => allowed);
    });
  };
  const found = await readFound(deps, ['subject', serviceId, subject.type, name, type, key], page, read);
  return { results: found.ids.map((id) => ({ type: 'user', id })), page: found.page };
}

/** §8.5: to which resources of a type somebody may do an action. */
export async function searchResources(
  deps: SearchDeps,
  { serviceId }: ServicePrincipal,
  { subject, action, resource, page }: RouteBody<typeof authzenSearchResource>,
): Promise<RouteResult<typeof authzenSearchResource>> {
  const { access } = deps;
  const { type } = resource;
  const { name } = action;
  const person = personOf(subject.id);
  const mayIn = async (workspaceIds: readonly string[]): Promise<readonly boolean[]> => {
    const asked = workspaceIds.map((workspaceId) => ({
      subject: { ...person, workspaceId },
      serviceId,
      action: name,
    }));
    return (await access.checkActions(asked)).map(({ allowed }) => allowed);
  };
  const withRight =
    (right: (typeof resourceRights)[number]): ReadPage =>
    (after, limit) =>
      access.accessible({
        subject: person,
        serviceId,
        type,
        right,
        limit,
        enumerate: true,
        ...(after ? { after } : {}),
      });
  const read: ReadPage = async (after, limit) => {
    if (subject.type !== 'user') return nothing;
    if (type === workspaceType)
      return keepOnly(
        after,
        limit,
        (from, count) => readWorkspacesOf(deps.pool, subject.id, from, count),
        mayIn,
      );
    if (isRight(name)) return withRight(name)(after, limit);
    return keepOnly(after, limit, withRight('view'), async (keys) => {
      const places = await deps.findWorkspaces(keys.map((key) => ({ serviceId, type, key })));
      const distinct = [...new Set(places.filter((place) => place !== null))];
      const may = await mayIn(distinct);
      return places.map((place) => place !== null && may[distinct.indexOf(place)] === true);
    });
  };
  const found = await readFound(
    deps,
    ['resource', serviceId, subject.type, subject.id, name, type],
    page,
    read,
  );
  return { results: found.ids.map((id) => ({ type, id })), page: found.page };
}

/** §8.6: what somebody may do to a resource, by name. */
export async function searchActions(
  deps: SearchDeps,
  { serviceId }: ServicePrincipal,
  { subject, resource, page }: RouteBody<typeof authzenSearchAction>,
): Promise<RouteResult<typeof authzenSearchAction>> {
  const { access } = deps;
  const { type, id: key } = resource;
  const person = personOf(subject.id);
  const allowed = async (): Promise<readonly string[]> => {
    if (subject.type !== 'user') return [];
    if (type === workspaceType) return access.actionsOf({ ...person, workspaceId: key }, serviceId);
    const [decisions, [workspaceId]] = await Promise.all([
      access.checkResources(
        resourceRights.map((right) => ({ subject: person, serviceId, type, key, right })),
      ),
      deps.findWorkspaces([{ serviceId, type, key }]),
    ]);
    const rights = resourceRights.filter((_, index) => decisions[index]!.allowed);
    if (!rights.includes('view') || !workspaceId) return rights;
    const actions = await access.actionsOf({ ...person, workspaceId }, serviceId);
    return [...new Set([...rights, ...actions.filter((name) => !isRight(name))])];
  };
  const read: ReadPage = async (after, limit) => {
    const names = [...(await allowed())].sort().filter((name) => after === undefined || name > after);
    const ids = names.slice(0, limit);
    return names.length > limit ? { ids, next: ids.at(-1)! } : { ids };
  };
  const found = await readFound(deps, ['action', serviceId, subject.type, subject.id, type, key], page, read);
  return { results: found.ids.map((name) => ({ name })), page: found.page };
}
