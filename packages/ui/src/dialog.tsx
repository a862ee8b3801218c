import { X } from 'lucide-react';
import { Dialog as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';

/**
 * The ground behind a dialog. It is ours and not the primitive's overlay, because that one locks
 * scrolling by injecting a style element, which the content security policy refuses; the page is
 * held by a rule of the theme instead. It lies as high as dialogs do: one that opens over another covers that one, too.
 */
function Scrim() {
  return <div data-scroll-lock className="fixed inset-0 z-50 animate-appear bg-scrim" />;
}

/** A form begins at its first field; what only shows something, at its top. A combobox would open, so it waits. */
function focusFirstField(event: Event): void {
  const field = (event.currentTarget as HTMLElement).querySelector<HTMLElement>('input, textarea, select');
  if (!field || field.getAttribute('role') === 'combobox') return;
  event.preventDefault();
  field.focus();
}

export interface DialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly title: ReactNode;
  readonly description?: ReactNode;
  readonly children?: ReactNode;
  /** Buttons, the main one last. */
  readonly footer?: ReactNode;
}

/** A question in the middle of the page. Escape and a click outside close it; focus goes back to where it was. */
export function Dialog({ open, onOpenChange, title, description, children, footer }: DialogProps) {
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Scrim />
        <Primitive.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          className="fixed top-[max(16px,12vh)] left-1/2 z-50 flex max-h-[80dvh] w-[min(480px,calc(100vw-32px))] -translate-x-1/2 animate-appear flex-col rounded-card border border-default bg-float shadow-float"
        >
          <div className="px-5 pt-5 pb-1">
            <Primitive.Title className="text-16 font-semibold text-balance break-words">
              {title}
            </Primitive.Title>
            {description && (
              <Primitive.Description asChild>
                <div className="mt-1 text-14 text-muted">{description}</div>
              </Primitive.Description>
            )}
          </div>
          <div className="min-h-0 overflow-y-auto px-5 py-3">{children}</div>
          {footer && <div className="flex justify-end gap-2 border-t border-subtle px-5 py-3">{footer}</div>}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

export interface SidePanelProps extends DialogProps {
  /** Where it comes from; forms and details come from the right, navigation from the left. */
  readonly side?: 'right' | 'left';
  readonly wide?: boolean;
  /** Hides the heading from sight, not from readers. */
  readonly bare?: boolean;
}

/** A sheet at the edge of the page, over it: for up to six fields, or one thing's details. */
export function SidePanel({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  side = 'right',
  wide,
  bare,
}: SidePanelProps) {
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Scrim />
        <Primitive.Content
          onOpenAutoFocus={focusFirstField}
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={classNames(
            'fixed inset-y-0 z-50 flex max-w-[calc(100vw-40px)] flex-col border-default bg-float shadow-float',
            side === 'right' ? 'right-0 animate-slide-in border-l' : 'left-0 animate-slide-in-left border-r',
            side === 'left' ? 'w-64' : wide ? 'w-[560px]' : 'w-[440px]',
          )}
        >
          {bare ? (
            <Primitive.Title className="sr-only">{title}</Primitive.Title>
          ) : (
            <div className="flex items-start gap-3 border-b border-subtle py-3 pr-3 pl-5">
              <div className="min-w-0 flex-1 pt-1">
                <Primitive.Title className="text-16 font-semibold break-words">{title}</Primitive.Title>
                {description && (
                  <Primitive.Description asChild>
                    <div className="mt-1 text-13 text-muted">{description}</div>
                  </Primitive.Description>
                )}
              </div>
              <Primitive.Close asChild>
                <IconButton icon={X} label="Close" />
              </Primitive.Close>
            </div>
          )}
          <div className={classNames('min-h-0 flex-1 overflow-y-auto', !bare && 'px-5 py-4')}>{children}</div>
          {footer && <div className="flex justify-end gap-2 border-t border-subtle px-5 py-3">{footer}</div>}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
