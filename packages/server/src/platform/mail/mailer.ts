import type { Transporter } from 'nodemailer';

/** One message, ready to go. */
export interface OutgoingMail {
  /** Stays the same when a message is sent again, so that mailboxes can tell that it is one message. */
  readonly id: string;
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What became of an attempt. */
export type MailOutcome =
  | { readonly sent: true }
  /** `final` when trying again can't help: the server refuses this recipient or this message. */
  | { readonly sent: false; readonly final: boolean; readonly reason: string };

/** Sends mail by SMTP, where a server is configured. */
export interface Mailer {
  readonly configured: boolean;
  send(mail: OutgoingMail): Promise<MailOutcome>;
  close(): void;
}

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

const patienceMs = 20_000;

/**
 * @param options.smtpUrl `smtp://` or `smtps://`, with user name and password if needed; without it nothing is sent
 * @param options.from who the mail comes from, as `Name <address>`
 */
export function createMailer(options: {
  readonly smtpUrl?: string | undefined;
  readonly from: string;
}): Mailer {
  const { smtpUrl, from } = options;
  if (smtpUrl === undefined)
    return {
      configured: false,
      send: async () => ({ sent: false, final: false, reason: 'No mail server is set.' }),
      close() {},
    };
  let opened: Promise<Transporter> | undefined;
  const open = (): Promise<Transporter> => {
    opened ??= openTransport(smtpUrl);
    return opened;
  };
  const host = /@([^\s>]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return {
    configured: true,
    async send({ id, to, subject, text, html }) {
      try {
        const transport = await open();
        await transport.sendMail({
          from,
          to: { name: to.name, address: to.address },
          subject,
          text,
          html,
          messageId: `<${id}@${host}>`,
          // No out-of-office answers to a machine (RFC 3834 §5).
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        return { sent: true };
      } catch (error) {
        return { sent: false, ...explain(error as SmtpError) };
      }
    },
    close: () => void opened?.then((transport) => transport.close()),
  };
}

/** Loaded with the first message: a house that sends none has no use for it. */
async function openTransport(url: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    pool: true,
    url,
    maxConnections: 2,
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    // A message is text that is given; nothing in it may make the server read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function explain({ code, responseCode, response }: SmtpError): { final: boolean; reason: string } {
  const said = response ? ` It said: ${response.replace(/\s+/g, ' ').slice(0, 200)}` : '';
  const final = responseCode !== undefined && responseCode >= 500;
  switch (code) {
    case 'EAUTH':
      return { final: false, reason: `The mail server refused the sign-in of SMTP_URL.${said}` };
    case 'EENVELOPE':
      return { final, reason: `The mail server refused the recipient or the sender.${said}` };
    case 'EMESSAGE':
      return { final, reason: `The mail server refused the message.${said}` };
    case 'ETLS':
      return { final: false, reason: 'A safe connection to the mail server could not be made.' };
    case 'ECONNECTION':
    case 'ETIMEDOUT':
    case 'EDNS':
    case 'ESOCKET':
      return { final: false, reason: 'The mail server could not be reached.' };
    default:
      return { final: false, reason: `The mail could not be sent.${said}` };
  }
}
