/** Rows of 0 and 1; 1 is dark. Always dark on light, whatever the theme: cameras expect it. */
export function QrCode({ rows }: { readonly rows: readonly string[] }) {
  const size = rows.length + 8;
  const path = rows.flatMap((row, y) => [...row].flatMap((module, x) => (module === '1' ? [`M${x + 4} ${y + 4}h1v1h-1z`] : []))).join('');
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} width="220" height="220" role="img" aria-label="The secret, as a picture for your app" shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
