import type { ComponentChildren, JSX } from 'preact';
import '../style/facts.css';

/** Names and values in as many columns as there is room for. */
export function Facts({ children }: { children: ComponentChildren }): JSX.Element {
  return <dl class="facts">{children}</dl>;
}

interface FactProps {
  readonly name: string;
  /** For what may be a sentence. */
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

export function Fact({ name, wide, children }: FactProps): JSX.Element {
  return (
    <div class={wide === true ? 'wide' : ''}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
