/**
 * Puts the focus on the page's heading. What was focused is gone after a deletion, and keyboards and screen
 * readers would begin at the top of the document again.
 */
export function focusHeading(): void {
  requestAnimationFrame(() => {
    // Nothing behind an open dialog takes the focus.
    if (document.querySelector('dialog[open]') === null) document.querySelector('h1')?.focus();
    else focusHeading();
  });
}
