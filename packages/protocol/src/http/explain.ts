/** Why an act would be refused: each gate of its ladder, what it looked at, and what would make it pass. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { isoTimeText } from '../text.ts';
import { Activate } from './shapes.ts';

/** What activation is sent, and the agent, which stands in the address there. */
export const ExplainActivation = Activate.extend({ agent: z.string().max(128) });
export type ExplainActivation = z.infer<typeof ExplainActivation>;

export const GATE_STATES = {
  passed: 'It would let the act through.',
  not_passed: 'It would refuse.',
  not_looked_at: 'What it looks at depends on a gate that would refuse, or is not told to this credential.',
} as const;
export type GateState = keyof typeof GATE_STATES;

export const GateExplained = z.object({
  gate: z.string(),
  state: z.enum(Object.keys(GATE_STATES) as [GateState, ...GateState[]]), // Object.keys loses the literal types
  code: z.string().nullable(), // it would refuse with this one
  looks_at: z.string(),
  found: z.array(z.string()),
  remedy: z.string().nullable(), // what would make it pass
});
export type GateExplained = z.infer<typeof GateExplained>;

export const Explained = z.object({
  would_pass: z.boolean(),
  code: z.string().nullable(), // of the first gate that would refuse: the one the act itself would be answered with
  tenant_id: id('tenant').nullable(), // null: none that this credential may see
  agent_id: id('agent').nullable(),
  at: isoTimeText(),
  gates: z.array(GateExplained),
  beyond: z.string(), // what is decided elsewhere, and was therefore not asked
});
export type Explained = z.infer<typeof Explained>;
