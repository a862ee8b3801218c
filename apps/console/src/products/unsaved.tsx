import { ConfirmDialog } from '@castellan/ui';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useCallback, useRef } from 'react';

/**
 * Asks before what was typed is lost, whichever way leads away: a click outside, Escape, Back, a reload.
 *
 * @returns the question, to be shown beside the form, and `leave`, which goes without asking
 */
export function useUnsaved(isTyped: boolean): {
  readonly question: ReactNode;
  readonly leave: (go: () => void) => void;
} {
  const isFree = useRef(false);
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: useCallback(() => !isFree.current, []),
    enableBeforeUnload: true,
    disabled: !isTyped,
    withResolver: true,
  });
  return {
    question: status === 'blocked' && (
      <ConfirmDialog
        open
        onOpenChange={(open) => !open && reset()}
        title="Discard your changes?"
        description="What you typed is not saved yet."
        action="Discard"
        onConfirm={proceed}
      />
    ),
    leave: (go) => {
      isFree.current = true;
      go();
    },
  };
}
