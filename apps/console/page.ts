/** The one page. Nothing in it runs by itself: no inline script, no inline style, so that the server's policy can forbid both. */
/** Where the server has its files; the page itself is at `/`. */
export const FILES_AT = '/console/';

export const page = ({ script, style, checker, at = FILES_AT }: { readonly script: string; readonly style: string; readonly checker: string; readonly at?: string }): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Argus Operations Console</title>
<meta name="theme-color" content="#ffffff" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#151a21" media="(prefers-color-scheme: dark)">
<link rel="icon" href="${at}icon.svg" type="image/svg+xml">
<link rel="manifest" href="${at}app.webmanifest">
<link rel="stylesheet" href="${at}${style}">
<script type="module" src="${at}${script}"></script>
</head>
<body>
<div id="console" data-checker="${at}${checker}"></div>
<noscript>The console needs JavaScript. The same can be done with argusctl; see the <a href="/docs">documentation</a>.</noscript>
</body>
</html>
`;

/** What a browser goes by when somebody installs the console. */
export const manifest = (at = FILES_AT): string =>
  JSON.stringify({
    id: '/',
    name: 'Argus Operations Console',
    short_name: 'Argus',
    description: 'Remote support whose owner can prove what was done',
    start_url: '/',
    scope: '/',
    display: 'standalone',
    background_color: '#f5f6f8',
    theme_color: '#1f4fd8',
    icons: [
      { src: `${at}icon.svg`, sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
      { src: `${at}icon-maskable.svg`, sizes: 'any', type: 'image/svg+xml', purpose: 'maskable' },
    ],
  });
