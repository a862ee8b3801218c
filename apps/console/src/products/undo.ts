import { productsIntent } from '@castellan/contract';
import { toast } from '@castellan/ui';
import { call } from '../api/call.ts';
import { afterWrite } from '../api/queries.ts';
import { failureToast } from '../api/use-action.ts';
import { ask, HistoryAnswer, type ModelPlace } from './queries.ts';

/** Takes back the one change that a call made, if it is still the row's last. */
export async function undoChange(at: ModelPlace, id: string, correlationId: string): Promise<void> {
  const custom = { model: at.model.name, action: 'custom' } as const;
  try {
    const { items } = await ask(at.id, { ...custom, command: 'history', payload: { id } }, HistoryAnswer);
    const change = items.find((entry) => entry.correlation_id === correlationId);
    if (!change?.can_undo) {
      toast({
        failed: true,
        title: 'It can not be undone any more',
        detail: 'The row was changed since, or the product can not bring it back.',
      });
      return;
    }
    await call(productsIntent, {
      params: { id: at.id },
      // The row by its name, too: the timeline tells which it was.
      body: { ...custom, command: 'undo', id, payload: { change_id: change.id } },
    });
    toast({ title: 'The change is undone' });
    await afterWrite();
  } catch (error) {
    toast(failureToast(error as Error));
  }
}
