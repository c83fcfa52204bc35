import type { JSX } from 'preact';
import type { TunnelPolicy } from '../../../policy.ts';
import { DEFAULT_POLICY } from '../../../policy-values.ts';
import { POLICY_WORDS } from '../../../policy-words.ts';
import { Check } from '../components/check.tsx';
import { Choice, Field } from '../components/form.tsx';
import { Lines } from '../components/lines.tsx';
import { kindOf, policyText, policyWords } from './policy-table.ts';

interface PolicyFieldProps {
  readonly field: keyof TunnelPolicy;
  readonly policy: TunnelPolicy;
}

/** One field of a policy with what it is good for, its default, and the input that fits it. */
export function PolicyField({ field, policy }: PolicyFieldProps): JSX.Element {
  const { title, explanation } = POLICY_WORDS[field];
  const kind = kindOf(field);
  const text = policyText(field, policy[field]);
  const common = { name: field, label: title, hint: <Hint field={field} text={explanation} /> };
  switch (kind.kind) {
    case 'networks':
      return <Lines {...common} initial={text === '' ? [] : text.split('\n')} />;
    case 'switch':
      return <Check {...common} checked={text === 'on'} />;
    case 'choice':
      return <Choice {...common} value={text} options={Object.entries(kind.words)} />;
    case 'count':
      return <Field {...common} type="number" required min={1} max={kind.most} initial={text} />;
    case 'time':
      return <Field {...common} required initial={text} placeholder="15m" />;
    default:
      return <Field {...common} initial={text} placeholder="no limit, or like 10M" />;
  }
}

function Hint({ field, text }: { field: keyof TunnelPolicy; text: string }): JSX.Element {
  return (
    <>
      {text} <span class="nowrap">Default: {policyWords(field, DEFAULT_POLICY[field])}.</span>
    </>
  );
}
