import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { say } from './toasts.tsx';

interface CopyProps {
  readonly text: string;
  /** What it is, as in "Copy the address". */
  readonly what: string;
}

/** Copies a text. Pages without HTTPS may not write to the clipboard as such and select it instead. */
export function CopyButton({ text, what }: CopyProps): JSX.Element {
  const copy = (): void => {
    void copied(text).then((done) => {
      say(
        done
          ? `Copied ${what}`
          : `The browser does not let this page copy: select ${what} yourself`,
      );
    });
  };
  return (
    <button type="button" class="quiet small copy" onClick={copy} aria-label={`Copy ${what}`}>
      <Icon name="copy" /> Copy
    </button>
  );
}

/** A line to be copied whole: shown, selectable by a click or the keyboard, and with its button. */
export function CopyLine({ text, what }: CopyProps): JSX.Element {
  const line = useRef<HTMLElement>(null);
  const select = (): void => {
    if (line.current !== null) getSelection()?.selectAllChildren(line.current);
  };
  return (
    <div class="copy-line">
      <code
        ref={line}
        tabIndex={0}
        role="textbox"
        aria-readonly="true"
        aria-label={what}
        onFocus={select}
      >
        {text}
      </code>
      <CopyButton text={text} what={what} />
    </div>
  );
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedBySelection(text);
  }
}

function copiedBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'off-screen';
  document.body.append(area);
  const before = document.activeElement;
  area.select();
  // oxlint-disable-next-line typescript/no-deprecated -- the only way in pages without HTTPS
  const done = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
