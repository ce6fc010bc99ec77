/** The one page. Nothing in it runs by itself: no inline script, no inline style, so that the server's policy can forbid both. */
export const page = ({ script, style }: { readonly script: string; readonly style: string }): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Argus Operations Console</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${style}">
<script type="module" src="${script}"></script>
</head>
<body>
<div id="console"></div>
<noscript>The console needs JavaScript. The same can be done with argusctl; see the <a href="/docs">documentation</a>.</noscript>
</body>
</html>
`;
