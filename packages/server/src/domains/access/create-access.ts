import type { Pool } from 'pg';
import type { Access } from './access.ts';
import { findAccessible } from './accessible.ts';
import { findActionsOf } from './accessible-actions.ts';
import { createChecks } from './check.ts';
import { confirmResource } from './check-locked.ts';
import type { RunQuery } from './facts.ts';
import { findSubjectsOfAction, findSubjectsOfResource } from './subjects.ts';

/** Answers from the primary database that `pool` leads to; nothing is kept between two questions. */
export function createAccess({ pool }: { readonly pool: Pool }): Access {
  const run: RunQuery = async (query, values) => (await pool.query({ ...query, values: [...values] })).rows;
  return {
    ...createChecks(run),
    confirmResource,
    actionsOf: (subject, serviceId) => findActionsOf(run, subject, serviceId),
    accessible: (question) => findAccessible(run, question),
    subjectsOfResource: (question) => findSubjectsOfResource(run, question),
    subjectsOfAction: (question) => findSubjectsOfAction(run, question),
  };
}
