/** The mark: a keep with a keyhole. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden className="shrink-0">
      <rect width="32" height="32" rx="7" className="fill-accent" />
      <path
        d="M8 8h4v3h2.5V8h3v3H20V8h4v7.5c0 4.6-3.2 7.4-8 9-4.8-1.6-8-4.4-8-9z"
        className="fill-on-accent"
      />
      <path d="M16 15a1.9 1.9 0 0 1 .9 3.57V21h-1.8v-2.43A1.9 1.9 0 0 1 16 15z" className="fill-accent" />
    </svg>
  );
}
