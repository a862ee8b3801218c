import { type Mail, mailExport, mailList, mailRead } from '@castellan/contract';
import {
  Badge,
  buttonClasses,
  type Column,
  DefinitionList,
  EmptyState,
  ErrorState,
  type Meaning,
  RelativeTime,
  SearchBox,
  SecretBox,
  SidePanel,
  Skeleton,
} from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Download, Mail as MailIcon } from 'lucide-react';
import { useCallback } from 'react';
import { addressOf } from '../api/call.ts';
import { failureOf } from '../api/failure.ts';
import { listing, queryClient, reading } from '../api/queries.ts';
import { useList } from '../api/use-list.ts';
import { ListTable } from '../frame/list-table.tsx';
import { Page, Toolbar, useHistoryKey } from '../frame/page.tsx';

interface Search {
  readonly search?: string | undefined;
}

const messages = ({ search }: Search) => listing(mailList, { query: { search: search || undefined } });

/** Starts what the page shows, while its code is still on its way. */
export function load(search: Search): void {
  void queryClient.prefetchInfiniteQuery(messages(search));
}

const states: Record<Mail['state'], readonly [label: string, meaning: Meaning]> = {
  held: ['Held', 'warning'],
  queued: ['Queued', 'info'],
  sent: ['Sent', 'success'],
  failed: ['Failed', 'danger'],
};

function MailState({ state }: { state: Mail['state'] }) {
  const [label, meaning] = states[state];
  return (
    <Badge dot meaning={meaning}>
      {label}
    </Badge>
  );
}

const columns: readonly Column<Mail>[] = [
  {
    id: 'to',
    header: 'To',
    cell: (mail) => (
      <Link
        data-row-link
        to="/mailbox"
        search={(held) => ({ ...held, mail: mail.id })}
        className="block truncate rounded-[4px] font-medium"
      >
        {mail.to}
      </Link>
    ),
  },
  {
    id: 'subject',
    header: 'Subject',
    from: 'md',
    cell: (mail) => <span className="text-muted">{mail.subject}</span>,
  },
  { id: 'state', header: 'State', width: '112px', cell: (mail) => <MailState state={mail.state} /> },
  {
    id: 'created',
    header: 'Written',
    width: '152px',
    from: 'sm',
    cell: (mail) => <RelativeTime at={mail.createdAt} />,
  },
];

const route = getRouteApi('/frame/mailbox');

/** What the platform wrote to people; without a mail server, the place to take the links from. */
export function MailboxPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const historyKey = useHistoryKey();
  const list = useList(messages(search));
  const onSearch = useCallback(
    (text: string) =>
      void navigate({ search: (held) => ({ ...held, search: text || undefined }), replace: true }),
    [navigate],
  );
  const holds = list.rows?.some(({ state }) => state === 'held') ?? false;
  return (
    <Page
      fill
      title="Mailbox"
      count={list.count}
      description={
        holds ? 'No mail server is set, so messages are held here. Hand their links out yourself.' : undefined
      }
      actions={
        holds && (
          <a href={addressOf(mailExport, {})} download className={buttonClasses('secondary')}>
            <Download size={16} aria-hidden />
            Export open links
          </a>
        )
      }
    >
      <Toolbar>
        <SearchBox label="Search by address" value={search.search ?? ''} onChange={onSearch} />
      </Toolbar>
      <ListTable
        // Another search or order is another list, from its top.
        key={search.search}
        scrollKey={historyKey}
        label="Messages"
        columns={columns}
        rowId={(mail) => mail.id}
        rowsAreLinks
        rowHeight={40}
        list={list}
        what="messages"
        onClear={search.search ? () => onSearch('') : undefined}
        empty={
          <EmptyState icon={MailIcon} title="No message was written yet">
            Invitations appear here as they are written. Where no mail server is set, they wait here with
            their links.
          </EmptyState>
        }
      />
      <SidePanel
        wide
        open={search.mail !== undefined}
        onOpenChange={(open) => !open && void navigate({ search: (held) => ({ ...held, mail: undefined }) })}
        title="Message"
      >
        {search.mail && <Message id={search.mail} />}
      </SidePanel>
    </Page>
  );
}

function Message({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({
    ...reading(mailRead, { params: { id } }),
    // Each time that a link is shown is recorded: once read, a message is not asked for again by itself.
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error) return <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-64 w-full" />;
  const { mail, text, link } = data;
  return (
    <div className="flex flex-col gap-5">
      <DefinitionList
        items={[
          ['To', mail.to],
          ['Subject', mail.subject],
          ['State', <MailState key="state" state={mail.state} />],
          ['Written', <RelativeTime key="at" at={mail.createdAt} />],
          ['Sent', mail.sentAt ? <RelativeTime key="at" at={mail.sentAt} /> : undefined],
          ['Error', mail.error ?? undefined],
        ]}
      />
      {link && (
        <SecretBox
          value={link}
          note="Whoever has this link can set the password of this account, once. That you saw it is recorded."
        />
      )}
      <section aria-label="Text of the message">
        <h3 className="mb-2 text-13 font-medium">Text</h3>
        <pre className="rounded-control border border-subtle bg-sunken p-3 font-sans text-13 break-words whitespace-pre-wrap">
          {text}
        </pre>
      </section>
    </div>
  );
}
