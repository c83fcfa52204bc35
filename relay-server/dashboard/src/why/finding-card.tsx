import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ClientProgram } from '../../../../shared/diagnosis/programs.ts';
import type { CatalogueEntry, ExplanationView } from '../../../views/findings.ts';
import { Badge } from '../components/badge.tsx';
import { CopyButton } from '../components/copy.tsx';
import { Choice } from '../components/form.tsx';
import { Section } from '../components/page.tsx';
import { PROGRAM_NAMES } from '../program-names.ts';
import { SEVERITIES, SIDES } from '../states.ts';
import { remedyLinks } from './remedy-links.ts';

interface FindingCardProps {
  readonly finding: ExplanationView;
  /** With the words for other programs; undefined until they are there. */
  readonly entry: CatalogueEntry | undefined;
  readonly tunnel: string;
  readonly client: string;
}

/** A cause: what happened, why, the sentence to send back, and what to change here. */
export function FindingCard({ finding, entry, tunnel, client }: FindingCardProps): JSX.Element {
  const { title, severity, side, what, why, webmaster } = finding;
  const { mood, words } = SEVERITIES[severity];
  const marks = (
    <>
      <Badge mood={mood}>{words}</Badge>
      <Badge mood="quiet">{SIDES[side]}</Badge>
    </>
  );
  return (
    <Section title={title} actions={marks}>
      <div class="cause">
        <div>
          <h3>What happened</h3>
          <p>{what}</p>
          <h3>Why</h3>
          <p>{why}</p>
          <h3>What to change here</h3>
          <p>{webmaster}</p>
          <ul class="remedy-links">
            {remedyLinks(finding, tunnel, client).map(({ href, words: to }) => (
              <li key={href}>
                <a href={href}>{to}</a>
              </li>
            ))}
          </ul>
        </div>
        <TellUser finding={finding} entry={entry} />
      </div>
    </Section>
  );
}

const PROGRAMS = Object.entries(PROGRAM_NAMES);

/** What to send to the user, in the words of his program. */
function TellUser(props: Pick<FindingCardProps, 'finding' | 'entry'>): JSX.Element {
  const { finding, entry } = props;
  const [program, setProgram] = useState<ClientProgram>(finding.program);
  const text = program === finding.program ? finding.tellUser : entry?.tellUser[program];
  return (
    <div class="tell">
      <h3>What to tell the user</h3>
      <Choice
        label="He uses"
        name="program"
        value={program}
        options={entry === undefined ? PROGRAMS.filter(([one]) => one === program) : PROGRAMS}
        hint={
          finding.program === 'generic'
            ? 'His program did not say what it is.'
            : `Recognised: ${PROGRAM_NAMES[finding.program]}.`
        }
        onInput={({ currentTarget }) => setProgram(currentTarget.value as ClientProgram)}
      />
      <blockquote aria-live="polite">{text ?? finding.tellUser}</blockquote>
      <CopyButton text={text ?? finding.tellUser} what="what to tell the user" />
    </div>
  );
}
