/** The look of one key or secret in a list. */
export const secretRow = 'flex min-h-14 items-center gap-3 border-b border-subtle px-4 py-2 last:border-0';
