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
<link rel="icon" href="${at}icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${at}${style}">
<script type="module" src="${at}${script}"></script>
</head>
<body>
<div id="console" data-checker="${at}${checker}"></div>
<noscript>The console needs JavaScript. The same can be done with argusctl; see the <a href="/docs">documentation</a>.</noscript>
</body>
</html>
`;
