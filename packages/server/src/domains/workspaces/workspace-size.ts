import type { WorkspaceRole } from '@castellan/contract';
import type { SQL } from 'drizzle-orm';
import { type Queryable, rowsOf, sql } from '../../platform/database/transaction.ts';

/** Up to here people of a circle are read and sorted; beyond, they are met in list order. */
const fewPeople = 5000;

/** People who are together: members of a workspace, those with one workspace role, a group, or who hold a custom role. */
export type Circle =
  | { readonly workspaceId: string; readonly role?: WorkspaceRole | undefined }
  | { readonly groupId: string }
  | { readonly roleId: string };

/** Whether a circle is so small that its people are best found first, then ordered. */
async function isSmall(db: Queryable, circle: Circle): Promise<boolean> {
  const [row] = await rowsOf<{ large: boolean }>(
    db,
    sql`SELECT EXISTS (${peopleOf(circle)} OFFSET ${fewPeople}) AS large`,
  );
  return !row!.large;
}

/** How a list of people is confined to a circle, whose size decides from which end it is read. */
export async function confineTo(
  db: Queryable,
  circle: Circle,
): Promise<{ readonly condition: SQL; readonly few: boolean; readonly people: SQL }> {
  const people = peopleOf(circle);
  return (await isSmall(db, circle))
    ? // As an array: the planner can't decide to walk all people in order and ask each whether they are in.
      { condition: sql`t.id = ANY (ARRAY(${people}))`, few: true, people }
    : { condition: sql`EXISTS (${people} AND p.user_id = t.id)`, few: false, people };
}

function peopleOf(circle: Circle) {
  if ('groupId' in circle)
    return sql`SELECT p.user_id FROM group_members p WHERE p.group_id = ${circle.groupId}`;
  if ('roleId' in circle) return sql`SELECT p.user_id FROM role_members p WHERE p.role_id = ${circle.roleId}`;
  const ofWorkspace = sql`SELECT p.user_id FROM members p WHERE p.workspace_id = ${circle.workspaceId}`;
  return circle.role ? sql`${ofWorkspace} AND p.role = ${circle.role}` : ofWorkspace;
}
