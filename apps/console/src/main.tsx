import './app.css';
import { Toaster, TooltipProvider } from '@castellan/ui';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient, whenSignedOut } from './api/queries.ts';
import { NotForYou } from './api/reach.ts';
import { router } from './router.tsx';

whenSignedOut((hadSession) => {
  const { pathname, href } = router.state.location;
  if (pathname === '/sign-in') return;
  queryClient.clear();
  void router.navigate({
    to: '/sign-in',
    search: { returnTo: href, ...(hadSession ? { error: 'signed_out' as const } : {}) },
    replace: true,
  });
});

createRoot(document.getElementById('root')!, {
  // A page that is for others is an answer and no failure.
  onCaughtError: (error) => {
    if (!(error instanceof NotForYou)) console.error(error);
  },
}).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <TooltipProvider>
        <RouterProvider router={router} />
        <Toaster />
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
