/** Is node_modules what package.json and package-lock.json ask for? */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FIELDS = ['workspaces', 'dependencies', 'devDependencies', 'optionalDependencies', 'overrides', 'allowScripts'];
const stampFile = (root) => join(root, 'node_modules', '.argus-stamp');
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
const orNull = (read) => {
  try {
    return read();
  } catch {
    return null;
  }
};

/** Folders that have a package.json: the root ('') and each workspace, `packages/*` being the only pattern we use. */
function manifests(root) {
  const patterns = json(join(root, 'package.json')).workspaces ?? [];
  const folders = patterns.flatMap((pattern) => {
    const parent = pattern.replace(/\/\*$/, '');
    return (orNull(() => readdirSync(join(root, parent))) ?? []).map((name) => `${parent}/${name}`);
  });
  return ['', ...folders.toSorted()].flatMap((folder) => {
    const manifest = orNull(() => json(join(root, folder, 'package.json')));
    return manifest ? [[folder, manifest]] : [];
  });
}

/** Only what decides an install goes in: a changed script or description is no reason to install again. */
export function stampOf(root) {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n`);
  hash.update(orNull(() => readFileSync(join(root, 'package-lock.json'))) ?? '');
  for (const [folder, manifest] of manifests(root)) {
    hash.update(JSON.stringify([folder, ...FIELDS.map((field) => manifest[field] ?? null)]));
  }
  return hash.digest('hex');
}

export function isInStep(root) {
  const stamp = stampOf(root);
  if (orNull(() => readFileSync(stampFile(root), 'utf8')) === stamp) return true;
  // Somebody ran npm by hand. npm writes its own lock into node_modules last, so we can tell whether that went well.
  if (!npmInstalledTheLock(root)) return false;
  writeStamp(root);
  return true;
}

export function writeStamp(root) {
  // A checkout that is read-only and in step is fine: it is only checked a little more slowly each time.
  orNull(() => writeFileSync(stampFile(root), stampOf(root)));
}

function npmInstalledTheLock(root) {
  const wanted = orNull(() => json(join(root, 'package-lock.json')).packages);
  const found = orNull(() => json(join(root, 'node_modules', '.package-lock.json')).packages);
  if (!wanted || !found) return false;
  const inOrder = (map) =>
    Object.entries(map ?? {})
      .map(([name, version]) => `${name}@${version}`)
      .toSorted()
      .join();
  const same = (a, b) => inOrder(a) === inOrder(b);
  const lockFollowsManifests = manifests(root).every(([folder, manifest]) =>
    ['dependencies', 'devDependencies', 'optionalDependencies'].every((f) => same(manifest[f], wanted[folder]?.[f])),
  );
  const isThere = ([at, entry]) =>
    !at.includes('node_modules/') ||
    (found[at]
      ? found[at].version === entry.version && found[at].integrity === entry.integrity
      : Boolean(entry.optional));
  return lockFollowsManifests && Object.entries(wanted).every(isThere);
}
