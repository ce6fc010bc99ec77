/** An eye that is also a ring of log entries. */
export const Mark = ({ size = 26 }: { readonly size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
    <path d="M2.5 16C6 9.5 10.6 6.5 16 6.5S26 9.5 29.5 16C26 22.5 21.4 25.5 16 25.5S6 22.5 2.5 16z" fill="none" stroke="currentColor" strokeWidth="2.2" />
    <circle cx="16" cy="16" r="5.2" fill="none" stroke="currentColor" strokeWidth="2.2" strokeDasharray="5.2 1.333" />
    <circle cx="16" cy="16" r="1.8" fill="currentColor" />
  </svg>
);
