import type { TreeName } from '@argus/protocol/origin.ts';

/** What an audit can find. docs/reference/tripwires.md is printed from here; a finding names rows, never their contents. */
export const FINDINGS = {
  event_missing: 'A leaf has no event beside it.',
  audit_row_missing: 'An event has no audit row of its id.',
  audit_row_without_event: 'An audit row has no event of its id.',
  event_without_leaf: 'An event names a place in a tree where no leaf is.',
  audit_differs: 'The audit row and the leaf say different things in these fields.',
  event_differs: 'The event and the leaf say different things in these fields.',
  leaf_missing: 'A place in the tree below its last checkpoint is empty.',
  leaf_changed: 'The text of a leaf does not have the hash stored beside it.',
  leaf_misplaced: 'A leaf cannot be read, or says that it stands somewhere else.',
  leaf_unsigned: 'A leaf stands beyond the last signed checkpoint.',
  node_missing: 'A stored hash above the leaves is missing.',
  node_stray: 'There are more stored hashes above the leaves than the leaves complete; only fsck counts them.',
  node_changed: 'A stored hash above the leaves is not that of its leaves.',
  checkpoint_missing: 'No checkpoint stands where an earlier audit ended, or none covers the leaves.',
  checkpoint_forged: 'A checkpoint is not signed by the log key for this tree and size, or one that was kept is of another installation.',
  checkpoint_changed: 'The checkpoint where an earlier audit ended is another one now.',
  checkpoint_contradicted: 'A checkpoint that was kept outside the database is not one of this log.',
  checkpoint_in_the_future: 'A checkpoint says that it was written later than now.',
  root_differs: 'The leaves do not add up to the root that was signed.',
  tree_shorter: 'The tree ends before the place an earlier audit reached, or before a checkpoint that was kept outside the database.',
  counts_differ: 'There are not as many audit rows as events in this hour.',
} as const;
export type FindingKind = keyof typeof FINDINGS;

export type Finding = {
  readonly what: FindingKind;
  readonly tree?: TreeName;
  readonly index?: number; // of a leaf, or the size of a checkpoint
  readonly id?: string; //    of an audit row and its event
  readonly fields?: readonly string[];
};

/** One line for a person: which rows, and what about them. */
export function findingLine({ what, tree, index, id, fields }: Finding): string {
  const place = tree === undefined ? '' : ` ${tree}${index === undefined ? '' : ` #${index}`}`;
  return `${what}${place}${id === undefined ? '' : ` id ${id}`}${fields && fields.length > 0 ? ` (${fields.join(', ')})` : ''}`;
}

/** Counts everything and keeps the first: what a thousand rows have in common, a hundred show. */
export const FINDINGS_KEPT = 100;
export function collectFindings(tell: (finding: Finding) => void = () => undefined) {
  const kept: Finding[] = [];
  let count = 0;
  return {
    add(...found: readonly Finding[]): void {
      count += found.length;
      for (const one of found) tell(one);
      kept.push(...found.slice(0, FINDINGS_KEPT - kept.length));
    },
    count: () => count,
    kept: (): readonly Finding[] => kept,
  };
}
