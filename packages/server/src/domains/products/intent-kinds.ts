import { createActorTokenCommand, type ProductIntent } from '@castellan/contract';
import { refuseField } from '../../platform/refusal.ts';

/** One call to a product as it is sent: what the operator asked for, and nothing that is the platform's. */
export interface SentIntent extends ProductIntent {
  readonly skip?: number | undefined;
  readonly limit?: number | undefined;
}

const usualActions = ['list', 'read', 'create', 'update', 'delete'];
/** Commands of every generated surface that change nothing. A product that gives one of these names to an action of its own that does is told not to. */
const readingCommands = ['history', 'bulk_preview'];

/** Whether a call changes nothing: such calls are counted, not told one by one in the timeline. */
export function isReading({ action, command }: ProductIntent): boolean {
  return (
    action === 'list' ||
    action === 'read' ||
    (action === 'custom' && command !== undefined && readingCommands.includes(command))
  );
}

/** The action under which calls are counted: one of a few, whatever somebody sends. */
export function countedAction({ action, command }: ProductIntent): string {
  if (usualActions.includes(action)) return action;
  return command !== undefined && [...readingCommands, 'bulk_run', 'undo'].includes(command)
    ? command
    : 'custom';
}

/** The action as people and the timeline name it: the command of a custom one. */
export function namedAction({ action, command }: ProductIntent): string {
  return action === 'custom' && command !== undefined ? command : action;
}

/** @throws Refusal `validation_failed` for what this way does not lead to */
export function checkIntent(intent: ProductIntent): void {
  if (![...usualActions, 'custom'].includes(intent.action))
    throw refuseField('action', `must be one of ${usualActions.join(', ')}, custom`);
  if ((intent.action === 'custom') !== (intent.command !== undefined))
    throw refuseField('command', 'names the custom action, and only that');
  // Its answer is a credential: acting as a user has a door of its own, which asks for a reason and a fresh proof.
  if (isMinting(intent.command))
    throw refuseField('command', 'is for acting as a user, which is begun elsewhere');
  // For many rows at once it would be the same action by another name.
  const { action } = (intent.payload ?? {}) as { readonly action?: unknown };
  if (intent.command !== undefined && isMinting(action))
    throw refuseField('payload', 'names the action for acting as a user, which is begun elsewhere');
}

function isMinting(name: unknown): boolean {
  return typeof name === 'string' && name.toLowerCase() === createActorTokenCommand.toLowerCase();
}
