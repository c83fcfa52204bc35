/**
 * Puts the focus on the page's heading. What was focused is gone after a deletion, and keyboards and screen
 * readers would begin at the top of the document again.
 */
export function focusHeading(): void {
  // Dialogs give the focus back when they close; this comes after them.
  requestAnimationFrame(() => document.querySelector('h1')?.focus());
}
