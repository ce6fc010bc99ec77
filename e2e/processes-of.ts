import { readdir, readFile, readlink } from 'node:fs/promises';
import { isRunning } from '@argus/ops-api/adapters/data-dir/process-identity.ts';

export type Process = { readonly pid: number; readonly parent: number; readonly title: string };

/** Every living process that has to do with a folder: it names it, was given it, or has a file in it open. */
export async function processesOf(folder: string): Promise<readonly Process[]> {
  const found: Process[] = [];
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || !(await isRunning(pid))) continue;
    if (await hasToDoWith(pid, folder)) found.push(await look(pid));
  }
  return found;
}

async function hasToDoWith(pid: number, folder: string): Promise<boolean> {
  for (const file of ['cmdline', 'environ']) if ((await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')).includes(folder)) return true;
  for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
    if (target.startsWith(`${folder}/`)) return true;
  }
  return false;
}

async function look(pid: number): Promise<Process> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const [title, stat] = [await read('cmdline'), await read('stat')];
  return { pid, title: title.replaceAll('\0', ' ').trim(), parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) };
}

/** By number, and only those that are still the ones that were found. */
export async function killAllOf(folder: string): Promise<void> {
  for (const { pid, title } of await processesOf(folder)) if (!title.includes('postgres') && (await isRunning(pid))) process.kill(pid, 'SIGKILL');
}
