import type { JSX } from 'preact';
import type { TunnelView } from '../../../views/tunnels.ts';
import type { TunnelPolicy } from '../../../policy.ts';
import { POLICY_WORDS } from '../../../policy-words.ts';
import { DEFAULT_POLICY } from '../../../policy-values.ts';
import { api, ApiError, at } from '../api.ts';
import { ConflictNotice, useConflict } from '../components/conflict.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { Form, type Entered } from '../components/form.tsx';
import { Section } from '../components/page.tsx';
import { say } from '../components/toasts.tsx';
import { mayChange } from '../who.ts';
import { useFormBase, type FormBase } from './form-base.ts';
import { PolicyField } from './policy-field.tsx';
import { changesOf, enteredPolicy, POLICY_GROUPS, policyWords } from './policy-table.ts';

interface PolicyProps {
  readonly tunnel: TunnelView;
  readonly onSaved: (answer: { tunnel: TunnelView }) => void;
}

/** What the tunnel allows its clients: to be changed by admins, to be read by viewers. */
export function Policy(props: PolicyProps): JSX.Element {
  const { tunnel, onSaved } = props;
  const base = useFormBase(tunnel, onSaved);
  if (mayChange.value) return <PolicyForm key={base.key} base={base} />;
  return (
    <>
      {POLICY_GROUPS.map(([title, fields]) => (
        <Section key={title} title={title}>
          <Facts>
            {fields.map((field) => (
              <Fact key={field} name={POLICY_WORDS[field].title}>
                {policyWords(field, tunnel.policy[field])}
                <small class="explanation">{POLICY_WORDS[field].explanation}</small>
              </Fact>
            ))}
          </Facts>
        </Section>
      ))}
    </>
  );
}

function PolicyForm({ base }: { base: FormBase }): JSX.Element {
  const conflict = useConflict();
  const { name, policy, revision } = base.tunnel;
  const save = async (entered: Entered): Promise<void> => {
    const changes = changesOf(policy, read(entered));
    if (Object.keys(changes).length === 0) {
      say('Nothing was changed');
      return;
    }
    await conflict.saved(async () => {
      const body = { policy: changes, revision };
      const answer = await api.patch<{ tunnel: TunnelView }>(at('/tunnels', name), body);
      say(`Saved; it holds for ${name} from now on`);
      base.saved(answer);
    });
  };
  return (
    <Form submit="Save policy" action={save} sticky>
      {POLICY_GROUPS.map(([title, fields]) => (
        <Section key={title} title={title}>
          <div class="policy-fields">
            {fields.map((field) => (
              <div key={field} class={isOwn(policy, field) ? 'policy own' : 'policy'}>
                <PolicyField field={field} policy={policy} />
              </div>
            ))}
          </div>
        </Section>
      ))}
      <ConflictNotice conflict={conflict} target={name} onReload={base.again} />
    </Form>
  );
}

/** Whether somebody has chosen it for this tunnel. */
function isOwn(policy: TunnelPolicy, field: keyof TunnelPolicy): boolean {
  return JSON.stringify(policy[field]) !== JSON.stringify(DEFAULT_POLICY[field]);
}

/** @throws ApiError that names every field that cannot be understood. */
function read(entered: Entered): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const field of POLICY_GROUPS.flatMap(([, fields]) => fields)) {
    const one = enteredPolicy(field, entered(field));
    if ('problem' in one) problems.push(`“${POLICY_WORDS[field].title}” ${one.problem}`);
    else values[field] = one.value;
  }
  if (problems.length === 0) return values;
  throw new ApiError(0, { code: 'policy-invalid', message: problems.join(' ') });
}
