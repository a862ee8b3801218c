/** Where products answer with the admin surface of their intents (docs/reference/admin-token.md). */
const surfacePath = '/api/admin-machine-intent';

/**
 * The address of a product's admin surface. A service may be registered by the address of the product
 * (`https://orders.example.com`), by that of its API (`…/api`), or by that of the surface itself.
 */
export function surfaceAddress(adminUrl: string): string {
  const base = adminUrl.replace(/\/+$/, '');
  if (base.endsWith('/admin-machine-intent')) return base;
  return base + (base.endsWith('/api') ? surfacePath.slice('/api'.length) : surfacePath);
}
