import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
import { createIntentClient } from '../src/client.ts';
import { useIntentMutation, useIntentQuery } from '../src/react/index.ts';
import type { Product } from './product.ts';

/** A page that lists and adds todos by the hooks; bundled and opened by the browser test. */

declare const document: { getElementById(id: string): Parameters<typeof createRoot>[0] };

const client = createIntentClient<Product['router']>({
  url: '/api/intent',
  headers: () => ({ authorization: 'Bearer ada' }),
});

function Todos() {
  const todos = useIntentQuery(client.Todo.list, { limit: 10 });
  const create = useIntentMutation(client.Todo.create);
  const complete = useIntentMutation(client.Todo.complete);
  if (todos.isPending) return h('p', null, 'Loading');
  if (todos.isError) return h('p', { role: 'alert' }, todos.error.code);
  return h(
    'main',
    null,
    h(
      'ul',
      null,
      todos.data.map((todo) =>
        h(
          'li',
          { key: todo.id },
          `${todo.title}${todo.done ? ', done' : ''}`,
          h(
            'button',
            { type: 'button', onClick: () => complete.mutate({ id: todo.id }) },
            `Complete ${todo.title}`,
          ),
        ),
      ),
    ),
    h('button', { type: 'button', onClick: () => create.mutate({ payload: { title: 'Tidy up' } }) }, 'Add'),
    h('button', { type: 'button', onClick: () => create.mutate({ payload: { title: '' } }) }, 'Add nothing'),
    create.error && h('p', { role: 'alert' }, create.error.fields.map(({ field }) => field).join()),
  );
}

createRoot(document.getElementById('root')).render(
  h(QueryClientProvider, { client: new QueryClient() }, h(Todos)),
);
