import { buttonClasses, EmptyState, ErrorState } from '@castellan/ui';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { useEffect } from 'react';
import { failureOf } from '../api/failure.ts';
import { NotForYou } from '../api/reach.ts';
import { ForbiddenPage } from './forbidden-page.tsx';

/** A page that could not be shown at all. */
export function FailedPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  if (error instanceof NotForYou) return <ForbiddenPage whom={error.whom} />;
  return (
    <main className="grid min-h-[60dvh] place-items-center">
      <ErrorState
        failure={failureOf(error)}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </main>
  );
}

/** No page has this address. */
export function MissingPage() {
  useEffect(() => {
    document.title = 'No such page · Castellan';
  }, []);
  return (
    <main className="grid min-h-[60dvh] place-items-center">
      <EmptyState
        wholePage
        icon={Compass}
        title="There is no page at this address"
        action={
          <Link to="/" className={buttonClasses('secondary')}>
            Go to the dashboard
          </Link>
        }
      >
        The link may be incomplete, or what it led to was deleted.
      </EmptyState>
    </main>
  );
}
