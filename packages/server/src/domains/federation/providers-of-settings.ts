import type { NewIdentityProvider } from '@castellan/contract';
import { and, eq, notInArray } from 'drizzle-orm';
import { systemOrigin } from '../../platform/activity/event.ts';
import { ConfigurationError } from '../../platform/config.ts';
import { identityProviders } from '../../platform/database/schema.ts';
import { type Database, sql } from '../../platform/database/transaction.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { applyChanges, completeProvider, createProvider } from './change-provider.ts';

/**
 * Brings the table to what the setting `IDENTITY_PROVIDERS` says: its entries are added, changed where they differ, and those
 * that it does not name any more are disabled. Replicas that start at once do it one after the other.
 * @throws ConfigurationError when a slug belongs to another issuer, whose linked accounts it would take over
 */
export async function applyProviderSettings(
  database: Database,
  vault: Vault,
  given: readonly NewIdentityProvider[],
): Promise<void> {
  if (given.length === 0 && !(await hasProvidersOfSettings(database))) return;
  await database.write({ ...systemOrigin, actors: [settingsActor] }, async (tx) => {
    await tx.db.execute(
      sql`SELECT pg_advisory_xact_lock(hashtextextended('identity providers of the settings', 0))`,
    );
    for (const one of given) {
      const [held] = await tx.db
        .select()
        .from(identityProviders)
        .where(eq(identityProviders.slug, one.slug))
        .for('update');
      if (!held) {
        await createProvider(tx, vault, one, 'settings');
        continue;
      }
      const { slug: _, kind, issuer, tenant, ...changes } = completeProvider(one);
      if (held.kind !== kind || held.issuer !== issuer || held.tenant !== tenant)
        throw new ConfigurationError([
          `IDENTITY_PROVIDERS: ${one.slug} is of another kind, issuer or tenant than before, and accounts are linked by them; choose another slug`,
        ]);
      await applyChanges(tx, vault, held, { ...changes, clientSecret: one.clientSecret });
      if (held.source !== 'settings')
        await tx.db
          .update(identityProviders)
          .set({ source: 'settings' })
          .where(eq(identityProviders.id, held.id));
    }
    const dropped = await tx.db
      .select()
      .from(identityProviders)
      .where(
        and(
          eq(identityProviders.source, 'settings'),
          given.length > 0
            ? notInArray(
                identityProviders.slug,
                given.map(({ slug }) => slug),
              )
            : undefined,
        ),
      )
      .for('update');
    for (const provider of dropped) {
      await applyChanges(tx, vault, provider, { enabled: false });
      // From now on it is the console's: there it can be deleted, or enabled again.
      await tx.db
        .update(identityProviders)
        .set({ source: 'console' })
        .where(eq(identityProviders.id, provider.id));
    }
  });
}

async function hasProvidersOfSettings({ db }: Database): Promise<boolean> {
  const [row] = await db
    .select({ id: identityProviders.id })
    .from(identityProviders)
    .where(eq(identityProviders.source, 'settings'))
    .limit(1);
  return row !== undefined;
}

const settingsActor = { kind: 'system', id: null, label: 'IDENTITY_PROVIDERS' } as const;
