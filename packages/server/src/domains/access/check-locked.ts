import type { PreparedQuery, Transaction } from '../../platform/database/transaction.ts';
import type { ResourceQuestion } from './access.ts';
import { decideResource } from './check.ts';
import type { Decision } from './decide.ts';
import { readableId, readResourceFacts, storable } from './facts.ts';

// In the order in which those lock who take something away: the person, the membership, then what hangs on it.
const lockPerson: PreparedQuery = {
  name: 'lock the person of a check',
  text: 'SELECT FROM users WHERE id = $1 FOR SHARE',
};

const lockMembership: PreparedQuery = {
  name: 'lock the membership of a check',
  text: `
SELECT FROM members m
JOIN resources r ON r.workspace_id = m.workspace_id
JOIN resource_types t ON t.id = r.type_id
WHERE m.user_id = $1 AND t.service_id = $2 AND t.name = $3 AND r.key = $4
FOR SHARE OF m`,
};

const lockResource: PreparedQuery = {
  name: 'lock the resource of a check',
  text: `
SELECT FROM resources r JOIN resource_types t ON t.id = r.type_id
WHERE t.service_id = $1 AND t.name = $2 AND r.key = $3
FOR NO KEY UPDATE OF r`,
};

const lockGroups: PreparedQuery = {
  name: 'lock the groups of a check',
  text: `
SELECT FROM group_members gm
JOIN resource_shares s ON s.group_id = gm.group_id AND s.user_id IS NULL
JOIN resources r ON r.id = s.resource_id
JOIN resource_types t ON t.id = r.type_id
WHERE gm.user_id = $1 AND t.service_id = $2 AND t.name = $3 AND r.key = $4
FOR SHARE OF gm, s`,
};

const lockShare: PreparedQuery = {
  name: 'lock the share of a check',
  text: `
SELECT FROM resource_shares s
JOIN resources r ON r.id = s.resource_id
JOIN resource_types t ON t.id = r.type_id
WHERE s.user_id = $1 AND t.service_id = $2 AND t.name = $3 AND r.key = $4
FOR SHARE OF s`,
};

/**
 * Decides inside the transaction of a write. The locks come first and the facts are read after them, by a statement of its
 * own: it sees what the locks had to wait for.
 */
export async function confirmResource(tx: Transaction, question: ResourceQuestion): Promise<Decision> {
  const { subject, serviceId, type, key, right } = question;
  const userId = readableId(subject.userId);
  const resource = [serviceId, storable(type), storable(key)];
  await tx.query(lockPerson, [userId]);
  await tx.query(lockMembership, [userId, ...resource]);
  await tx.query(lockResource, resource);
  // Shares give nobody the right to manage.
  if (right !== 'manage') {
    await tx.query(lockGroups, [userId, ...resource]);
    await tx.query(lockShare, [userId, ...resource]);
  }
  const [found] = await readResourceFacts(tx.query, [question]);
  return decideResource(question, found!);
}
