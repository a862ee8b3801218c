/** Where the other surfaces of a product are, if it has them. */
export const surfaces = {
  standard: '/api/intent',
  machine: '/api/machine-intent',
  legacyAdmin: '/api/admin-intent',
  mcp: '/mcp',
} as const;
