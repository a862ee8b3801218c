import { buttonClasses, EmptyState } from '@castellan/ui';
import { Link } from '@tanstack/react-router';
import { Lock } from 'lucide-react';
import { useEffect } from 'react';
import type { NotForYou } from '../api/reach.ts';

/** A page that is there, for other operators: which role would see it, and where to go on. */
export function ForbiddenPage({ whom }: { whom: NotForYou['whom'] }) {
  useEffect(() => {
    document.title = 'Not for your role · Castellan';
  }, []);
  return (
    <div className="grid min-h-[60dvh] place-items-center">
      <EmptyState
        wholePage
        icon={Lock}
        title="Your role does not reach this page"
        action={
          <Link to="/access" className={buttonClasses('secondary')}>
            See what you have access to
          </Link>
        }
      >
        {whom === 'administrator'
          ? 'Administrators see it: owners of every service. One of them can make you one.'
          : 'Owners of a service see it, and administrators. One of them can make you an owner.'}
      </EmptyState>
    </div>
  );
}
