/** Where the session bus is: a socket of this machine. Other transports are passed over: one of them starts programs. */
export function socketOf(address: string): string | null {
  for (const one of address.split(';')) {
    const [transport, rest] = [one.slice(0, one.indexOf(':')), one.slice(one.indexOf(':') + 1)];
    if (transport !== 'unix') continue;
    const pairs = new Map(rest.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), unescaped(pair.slice(pair.indexOf('=') + 1))]));
    const [path, abstract] = [pairs.get('path'), pairs.get('abstract')];
    if (path) return path;
    if (abstract) return `\0${abstract}`;
  }
  return null;
}

const unescaped = (text: string): string | null => {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
};
