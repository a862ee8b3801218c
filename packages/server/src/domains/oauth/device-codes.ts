import type { Origin } from '../../platform/activity/event.ts';
import type { Clock } from '../../platform/clock.ts';
import { newId } from '../../platform/database/identifiers.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import type { Client } from '../clients/find-client.ts';
import type { Artifact, ArtifactStore } from './artifact-store.ts';
import { type Asked, readAsked } from './ask.ts';
import type { Interactions } from './interactions.ts';
import { requireWorkspace } from './membership.ts';
import { beginOAuthGrant } from './oauth-grants.ts';
import type { OAuthLimits } from './oauth-limits.ts';
import { decide } from './provider-interactions.ts';
import type { ProviderKeeper } from './provider-keeper.ts';
import { requireScope, withScope } from './request-scope.ts';

/** What the pages of device codes stand on. */
export interface DeviceDeps {
  readonly keeper: ProviderKeeper;
  readonly artifacts: ArtifactStore;
  readonly database: Database;
  readonly clock: Clock;
  readonly vault: Vault;
  readonly limits: OAuthLimits;
  readonly issuer: string;
}

interface Waiting {
  readonly artifact: Artifact & { readonly digest: Buffer };
  readonly client: Client;
  readonly asked: Asked;
  /** Binds a yes to the browser session that was shown what it is for. */
  readonly confirmation: string;
}

/**
 * The person's side of device codes (RFC 8628 §3.3). A code is looked up by whoever is signed in, who is shown what asks
 * and from where; only the session that was shown it can allow it, so that a link can't make somebody approve a device
 * that they never saw described.
 */
export function createDeviceCodes(
  deps: DeviceDeps,
): Pick<Interactions, 'findDevice' | 'approveDevice' | 'denyDevice'> {
  const { keeper, artifacts, database, clock, vault, limits, issuer } = deps;

  const find = async (
    session: BrowserSession,
    typed: string,
    how?: 'for update',
  ): Promise<Waiting | undefined> => {
    const artifact = await artifacts.findByUserCode(typed.toUpperCase().replace(/[^A-Z0-9]/g, ''), how);
    const { payload } = artifact ?? {};
    if (!artifact || !payload || artifact.consumed || artifact.secondsLeft <= 0) return undefined;
    if (payload.accountId !== undefined || payload.error !== undefined) return undefined;
    const clientId = String(payload.clientId);
    await (await keeper.current()).Client.find(clientId);
    const client = requireScope().clients.get(clientId);
    if (!client) return undefined;
    const params = payload.params as Record<string, unknown>;
    return {
      artifact,
      client,
      asked: await readAsked(await requireScope().reader(), client, params, session.userId, issuer),
      confirmation: vault
        .derive('oauth-artifacts', `device ${artifact.digest.toString('hex')} ${session.grantId}`)
        .toString('base64url'),
    };
  };

  const inScope = <T>(
    session: BrowserSession,
    origin: Origin | undefined,
    work: () => Promise<T>,
  ): Promise<T> => {
    const actors = [{ kind: 'user' as const, id: session.userId, label: session.name }];
    const from = { ...(origin ?? { address: null, correlationId: null }), actors };
    return withScope({ database, clock, origin: from, userAgent: null }, work);
  };

  return {
    async findDevice(session, userCode) {
      const waiting = await inScope(session, undefined, () => find(session, userCode));
      if (!waiting) {
        await limits.noteWrongCode(session.userId);
        return { kind: 'unknown' };
      }
      const { asked, artifact, confirmation } = waiting;
      const device = (artifact.payload.deviceInfo ?? {}) as { ip?: string; ua?: string };
      return {
        kind: 'found',
        confirmation,
        request: {
          client: asked.client,
          scopes: asked.scopes,
          resources: asked.resource?.service ? [asked.resource.service.name] : [],
          address: device.ip ?? null,
          userAgent: device.ua ?? null,
          requestedAt: artifact.createdAt,
        },
      };
    },

    approveDevice: (session, { userCode, confirmation }, consent, origin) =>
      inScope(session, origin, async () => {
        const waiting = await find(session, userCode, 'for update');
        if (!waiting || waiting.confirmation !== confirmation) return false;
        const scope = requireScope();
        const tx = await scope.transaction();
        if (consent.workspaceId !== null) await requireWorkspace(tx, session, consent.workspaceId);
        const { artifact, client, asked } = waiting;
        const given = decide(asked.scopes, consent);
        const grantId = newId();
        const device = (artifact.payload.deviceInfo ?? {}) as { ua?: string };
        const begun = await beginOAuthGrant(
          tx,
          {
            id: grantId,
            userId: session.userId,
            email: session.email,
            name: session.name,
            emailVerified: false,
            userUpdatedAt: tx.now,
            clientRowId: client.id,
            clientId: client.clientId,
            clientName: client.name,
            service: asked.resource?.service ?? null,
            scopes: given.scopes,
            workspaceId: given.workspaceId,
            amr: session.amr,
            authTime: session.authTime,
            signInGrantId: session.grantId,
            parentGrantId: null,
          },
          device.ua ?? null,
        );
        if (!begun) return false;
        await artifacts.save(
          'DeviceCode',
          artifact.digest,
          {
            ...artifact.payload,
            accountId: session.userId,
            grantId,
            scope: given.scopes.join(' '),
            resource: asked.resource?.identifier,
            acr: session.acr,
            amr: session.amr,
            ...(session.authTime === null ? {} : { authTime: Math.floor(session.authTime.getTime() / 1000) }),
            sessionUid: session.grantId,
            ...(client.backchannelLogoutUri === null ? {} : { sid: grantId }),
          },
          { lifeSeconds: artifact.secondsLeft, grantId },
        );
        return true;
      }),

    denyDevice: (session, { userCode, confirmation }, origin) =>
      inScope(session, origin, async () => {
        const waiting = await find(session, userCode, 'for update');
        if (!waiting || waiting.confirmation !== confirmation) return false;
        const { artifact, client } = waiting;
        await artifacts.save(
          'DeviceCode',
          artifact.digest,
          { ...artifact.payload, error: 'access_denied', errorDescription: 'the person refused' },
          { lifeSeconds: artifact.secondsLeft },
        );
        (await requireScope().transaction()).record({
          action: 'device_denied',
          target: { kind: 'client', id: client.id, label: client.name },
          service: asked(waiting),
        });
        return true;
      }),
  };
}

function asked({ asked: { resource } }: Waiting): string | undefined {
  return resource?.service?.name;
}
