import { operatorsRead, type UserDetail } from '@castellan/contract';
import { Badge, Card, ErrorState, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { operatorRoleLabels, operatorRoleMeanings, serviceWords } from '../operators/role-words.ts';

const rolesOf = (id: string) => reading(operatorsRead, { params: { id } });
const link = 'rounded-[4px] text-13 text-link hover:underline';

/** Starts what the card shows, while the page's code is still on its way. */
export function loadOperatorRoles(id: string): void {
  void queryClient.prefetchQuery(rolesOf(id));
}

/** Whether a person is an operator; `undefined` until it is known. */
export function useIsOperator(id: string): boolean | undefined {
  const { data } = useQuery(rolesOf(id));
  return data && data.grants.length > 0;
}

/** What a person is to the console, with the way to where that is changed. */
export function UserOperatorRoles({ user }: { user: Pick<UserDetail, 'id' | 'name' | 'email'> }) {
  const { data, error, refetch } = useQuery(rolesOf(user.id));
  const isOperator = data !== undefined && data.grants.length > 0;
  return (
    <Card
      flush
      title="Operator roles"
      actions={
        data && (
          <Link
            to="/operators"
            search={isOperator ? { search: user.email, person: user.id } : { add: true }}
            className={link}
          >
            {isOperator ? 'Change at operators' : 'Add an operator'}
          </Link>
        )
      }
    >
      {error && !data ? (
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      ) : !data ? (
        <div className="px-4 py-3">
          <Skeleton className="h-5 w-40" />
        </div>
      ) : isOperator ? (
        <>
          <ul>
            {data.grants.map(({ service, role }) => (
              <li
                key={service?.id ?? '*'}
                className="flex min-h-12 items-center gap-3 border-b border-subtle px-4 py-2"
              >
                <span className="min-w-0 flex-1 truncate font-medium">{serviceWords(service)}</span>
                <Badge meaning={operatorRoleMeanings[role]}>{operatorRoleLabels[role]}</Badge>
              </li>
            ))}
          </ul>
          <p className="px-4 py-3 text-13 text-muted">
            Nobody can sign in as an operator. What {user.name} sees, ask them.
          </p>
        </>
      ) : (
        <p className="px-4 py-3 text-13 text-muted">None. {user.name} can not open this console.</p>
      )}
    </Card>
  );
}
