import type { Implementation } from '../../platform/http/implementation.ts';
import { registerRoutes } from './register-routes.ts';
import { resetRoutes } from './reset-routes.ts';
import { secondFactorRoutes } from './second-factor-page-routes.ts';
import type { SignInPageDeps } from './sign-in-deps.ts';
import { signInPageRoutes } from './sign-in-routes.ts';
import { workspaceRoutes } from './sign-in-workspace-routes.ts';
import { signOutRoutes } from './sign-out.ts';

/** Every page by which a person gets in and out (P2, P19). */
export function signInPages(deps: SignInPageDeps): Implementation[] {
  return [
    ...signInPageRoutes(deps),
    ...secondFactorRoutes(deps),
    ...resetRoutes(deps),
    ...registerRoutes(deps),
    ...workspaceRoutes(deps),
    ...signOutRoutes(deps),
  ];
}
