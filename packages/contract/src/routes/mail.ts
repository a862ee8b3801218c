import { z } from 'zod';
import { listQuery, pageOf } from '../page.ts';
import { defineRoute } from '../route.ts';
import { id, instant, wire } from '../wire.ts';
import { forAdministrators, idParams } from './audience.ts';

/** What the platform writes to people about. `account_exists` answers who registers with an e-mail that has an account. */
export const mailKinds = [
  'invitation',
  'sign_in_link',
  'password_reset',
  'registration',
  'account_exists',
] as const;
/** One kind of message. */
export type MailKind = (typeof mailKinds)[number];

/** One message that the platform wrote, without its text. */
export const Mail = wire({
  id,
  to: z.string(),
  subject: z.string(),
  kind: z.enum(mailKinds),
  state: z.enum(['queued', 'sent', 'failed', 'held']),
  createdAt: instant,
  sentAt: instant.nullable(),
  error: z.string().nullable(),
});
export type Mail = z.output<typeof Mail>;

export const mailList = defineRoute({
  ...forAdministrators,
  id: 'mail.list',
  method: 'GET',
  path: '/admin/mail',
  summary: 'Mail that the platform wrote, newest first; `held` where no mail server is set',
  query: wire({
    cursor: listQuery.cursor,
    page: listQuery.page,
    pageSize: listQuery.pageSize,
    search: listQuery.search,
  }),
  success: [200, pageOf(Mail)],
});

export const mailRead = defineRoute({
  ...forAdministrators,
  id: 'mail.read',
  method: 'GET',
  path: '/admin/mail/{id}',
  summary:
    'One message as it was written; its link is shown only while no mail server is set, and that is recorded',
  params: idParams,
  success: [200, wire({ mail: Mail, text: z.string(), link: z.string().nullable() })],
  errors: ['not_found'],
});

export const mailExport = defineRoute({
  ...forAdministrators,
  id: 'mail.export',
  method: 'GET',
  path: '/admin/mail/export',
  summary: 'Open invitation links as CSV, to hand out where no mail server is set; recorded',
  gives: 'csv',
  success: [200, null],
  errors: ['forbidden'],
});
