/** Light or dark, and how close the lines stand. How a screen looks is no secret: the only thing kept in the browser. */
export const THEMES = ['system', 'light', 'dark'] as const;
export const DENSITIES = ['comfortable', 'compact'] as const;
export type Look = { readonly theme: (typeof THEMES)[number]; readonly density: (typeof DENSITIES)[number] };

const KEPT_AS = 'argus-look';
const oneOf = <T extends string>(all: readonly T[], text: string | undefined, usual: T): T => all.find((one) => one === text) ?? usual;

export function keptLook(): Look {
  const [theme, density] = (localStorage.getItem(KEPT_AS) ?? '').split(' ');
  return { theme: oneOf(THEMES, theme, 'system'), density: oneOf(DENSITIES, density, 'comfortable') };
}

export function showLook({ theme, density }: Look): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset['theme'];
  else dataset['theme'] = theme;
  dataset['density'] = density;
  localStorage.setItem(KEPT_AS, `${theme} ${density}`);
}
