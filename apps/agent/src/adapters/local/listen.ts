import { connect } from 'node:net';
import { SOCKETS, shortPath } from './run-dir.ts';

const LINE_BYTES_MAX = 16_384;
const AGAIN_MS = 2_000;

/** Follows the status socket for as long as it lasts, and looks for the daemon again when it is gone. */
export function followStatus(folders: readonly string[], { line, gone }: { readonly line: (text: string) => void; readonly gone: () => void }): () => void {
  let isStopped = false;
  let cancel = () => {};
  let turn = 0;

  function look(): void {
    if (isStopped) return;
    const folder = folders[turn++ % folders.length] ?? '';
    let wasHeard = false;
    const again = () => {
      if (isStopped) return;
      if (wasHeard) gone();
      const timer = setTimeout(look, turn % folders.length === 0 || wasHeard ? AGAIN_MS : 0);
      cancel = () => clearTimeout(timer);
    };
    let short: ReturnType<typeof shortPath>;
    try {
      short = shortPath(folder, SOCKETS.status.name);
    } catch {
      return again(); // there is no such folder yet
    }
    const socket = connect(short.path);
    let heard = '';
    cancel = () => socket.destroy();
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
      const lines = heard.split('\n');
      heard = lines.pop() ?? '';
      if (heard.length > LINE_BYTES_MAX) return void socket.destroy();
      wasHeard = true;
      turn = folders.indexOf(folder);
      for (const one of lines) line(one);
    });
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => {
      short.done();
      again();
    });
  }
  look();
  return () => {
    isStopped = true;
    cancel();
  };
}
