/** Drawn by us, on a grid of 24, with a line of 1.75. Always beside a word or with a name of its own. */
const SHAPES = {
  tenants: 'M4 20V9l8-5 8 5v11M9 20v-6h6v6M3 20h18',
  agents: 'M4 5h16v11H4zM9 20h6M12 16v4',
  sessions: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18',
  audit: 'M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 16h7',
  alerts: 'M12 4 2.8 20h18.4zM12 10v4M12 17v.5',
  health: 'M3 12h4l2-6 4 12 3-8 1.5 2H21',
  tokens: 'M14 10a4 4 0 1 0-3.5 4l2 2h2v2h2v2h4v-3l-6.5-6.5zM8 9.5v.1',
  calls: 'M4 8h13M13 4l4 4-4 4M20 16H7M11 12l-4 4 4 4',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5',
  help: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.5 9.5a2.5 2.5 0 1 1 3.4 2.3c-.6.3-.9.8-.9 1.4v.8M12 17v.3',
  close: 'M6 6l12 12M18 6 6 18',
  menu: 'M4 7h16M4 12h16M4 17h16',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M5 12.5 10 17 19 7',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  next: 'M9 6l6 6-6 6',
  save: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  line: 'M6 12h12',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4 21c.6-4 4-6 8-6s7.4 2 8 6',
  out: 'M10 4H4v16h6M15 8l4 4-4 4M19 12H9',
  rows: 'M4 6h16M4 12h16M4 18h16',
} as const;
export type IconShape = keyof typeof SHAPES;

export function Icon({ shape, size = 18, name }: { readonly shape: IconShape; readonly size?: number; readonly name?: string }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" role={name ? 'img' : undefined} aria-label={name} aria-hidden={name ? undefined : true}>
      <path d={SHAPES[shape]} />
    </svg>
  );
}
