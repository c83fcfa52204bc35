import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { useSubmit } from '../submit.ts';
import { ErrorNotice } from './notice.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A dialog over the page. It is there as long as it is rendered; Escape closes it. */
export function Dialog({ title, onClose, children }: DialogProps): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      // This comes a while after the dialog has gone: by then something else may have taken the focus.
      const isNowhere = document.activeElement === null || document.activeElement === document.body;
      if (isNowhere && before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={box} aria-labelledby={id} onClose={onClose}>
      <article>
        <h2 id={id}>{title}</h2>
        {children}
      </article>
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  /** What will happen, and to whom. */
  readonly children: ComponentChildren;
  /** The verb on the button. */
  readonly verb: string;
  readonly action: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back. Closes when it is done; shows why if it fails. */
export function ConfirmDialog(props: ConfirmProps): JSX.Element {
  const { title, children, verb, action, onClose } = props;
  const { busy, error, run } = useSubmit(async () => {
    await action();
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <ErrorNotice error={error} />
      <footer class="buttons">
        <button type="button" class="quiet" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="danger" aria-busy={busy} disabled={busy} onClick={() => run()}>
          {verb}
        </button>
      </footer>
    </Dialog>
  );
}
