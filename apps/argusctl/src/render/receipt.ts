import type { CommandRan } from '@argus/protocol/http/shapes.ts';
import { aside, type View } from './view.ts';

export const receiptView = ({ receipt, request_id }: Pick<CommandRan, 'receipt' | 'request_id'>): View => [
  aside(''),
  aside(`In the tenant's log: asked #${receipt.leaf_index}, answered #${receipt.outcome_index} (${request_id}).`),
];
