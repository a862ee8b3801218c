import type { Logger } from 'pino';
import { systemOrigin } from '../../platform/activity/event.ts';
import { after, type Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/transaction.ts';
import type { Mailer, MailOutcome } from '../../platform/mail/mailer.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import { type DueMail, markNotSent, markSent, takeDue } from './repository.ts';
import { linkOfMail, writeMail } from './write-mail.ts';

/** The sender in this process; replicas share the queue. */
export interface MailSender {
  /** Says that there may be something to send. */
  nudge(): void;
  /** Ends after the messages that are under way. */
  stop(): Promise<void>;
}

const atOnce = 10;
const lookAgainMs = 15_000;
/** Longer than a slow server takes for a batch. */
const leaseSeconds = 300;
/** The waits after each failed attempt, in seconds; after the sixth attempt the sender gives up. */
const waitsSeconds = [60, 5 * 60, 15 * 60, 3600, 4 * 3600] as const;

const noLongerOpen: MailOutcome = {
  sent: false,
  final: true,
  reason: 'Not sent: the link was used, replaced or had expired before its turn came.',
};

/** Sends queued messages and tries again, later and later, while the mail server does not take them. */
export function startMailSender(options: {
  readonly database: Database;
  readonly mailer: Mailer;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Logger;
  /** The origin that links lead to. */
  readonly publicUrl: string;
}): MailSender {
  const { database, mailer, vault, clock, log, publicUrl } = options;
  if (!mailer.configured) return { nudge() {}, stop: async () => {} };
  let stopped = false;
  let nudged = false;
  let wake: (() => void) | undefined;

  const deliver = async (mail: DueMail): Promise<void> => {
    const outcome = mail.isOpen ? await sendOne(mail) : noLongerOpen;
    await database.write(systemOrigin, async (tx) => {
      if (outcome.sent) return markSent(tx, mail.id);
      const wait = outcome.final ? undefined : waitsSeconds[mail.attempts - 1];
      await markNotSent(tx, mail.id, outcome, wait === undefined ? null : after(tx.now, wait));
    });
    if (!outcome.sent && mail.isOpen)
      log.warn({ mail: mail.id, attempt: mail.attempts, reason: outcome.reason }, 'a mail was not sent');
  };

  const sendOne = (mail: DueMail): Promise<MailOutcome> =>
    mailer.send({
      id: mail.id,
      to: { name: mail.facts.name ?? '', address: mail.recipient },
      subject: mail.subject,
      ...writeMail(mail, linkOfMail({ vault, publicUrl }, mail)),
    });

  const round = async (): Promise<boolean> => {
    const due = await database.write(systemOrigin, (tx) =>
      takeDue(tx, { limit: atOnce, leaseUntil: after(clock.now(), leaseSeconds) }),
    );
    await Promise.all(due.map(deliver));
    return due.length === atOnce;
  };

  const run = async (): Promise<void> => {
    while (!stopped) {
      nudged = false;
      try {
        while (!stopped && (await round())) {
          // The next batch follows at once.
        }
      } catch (error) {
        log.warn({ err: error }, 'mail could not be sent; the sender tries again');
      }
      await new Promise<void>((resolve) => {
        if (nudged || stopped) return resolve();
        const timer = setTimeout(resolve, lookAgainMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
    }
    mailer.close();
  };

  const running = run();
  return {
    nudge() {
      nudged = true;
      wake?.();
    },
    async stop() {
      stopped = true;
      wake?.();
      await running;
    },
  };
}
