import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { CatalogueEntry } from '../../../views/findings.ts';
import { queryText } from '../api.ts';
import { Filters, type Filter } from '../components/filters.tsx';
import { EmptyState, Section } from '../components/page.tsx';
import { OUTCOME_WORDS } from '../states.ts';
import { tunnelOptions } from '../tunnel-options.ts';
import { Failures, Visits } from './attempts.tsx';
import { NothingFound } from './nothing-found.tsx';
import { Present } from './present.tsx';
import { askedFor, isAmbiguous } from './visitor.ts';

/** What the page's address says of a search. */
export const SEARCH_NAMES = ['address', 'user', 'tunnel', 'hours', 'outcome'] as const;
export type Search = Readonly<Record<(typeof SEARCH_NAMES)[number], string>>;

const HOUR_MS = 3_600_000;
const SPANS = [
  ['', 'any time'],
  ['1', 'the last hour'],
  ['24', 'the last day'],
  ['168', 'the last week'],
] as const;
const OUTCOMES = [
  ['', 'all that failed'],
  ...(['failed-login', 'failed-transfer', 'turned-away', 'broken'] as const).map(
    (outcome) => [outcome, OUTCOME_WORDS[outcome].words] as const,
  ),
  ['all', 'all visits'],
] as const;

interface SearchProps {
  readonly search: Search;
  readonly change: (changes: Partial<Search>) => void;
  readonly catalogue: readonly CatalogueEntry[] | undefined;
}

/** Finds the visit that somebody complains about. */
export function SearchVisits({ search, change, catalogue }: SearchProps): JSX.Element {
  const { address, user, tunnel, hours, outcome } = search;
  const since = useMemo(
    () => (Number(hours) > 0 ? Date.now() - Number(hours) * HOUR_MS : undefined),
    [hours],
  );
  const who = address || user;
  const filters = { address, user, tunnel, since, ...(outcome !== 'all' && { outcome }) };
  const empty =
    who === '' ? (
      <EmptyState title="No visit is like that" />
    ) : (
      <NothingFound asked={{ address, user }} tunnel={tunnel} since={since} />
    );
  const Attempts = outcome === '' ? Failures : Visits;
  return (
    <>
      <section class="card">
        <Filters
          filters={filtersOf(tunnel)}
          values={{ who, tunnel, hours, outcome }}
          onChange={({ who: text, ...rest }) =>
            change({ ...rest, ...(text !== undefined && askedFor(text)) })
          }
        />
        {isAmbiguous(address) && (
          <p>
            Looked for an address.{' '}
            <a href={`/why${queryText({ ...search, address: '', user: address })}`}>
              Look for the user {address} instead
            </a>
          </p>
        )}
      </section>
      <Present q={who} tunnel={tunnel} search={search} />
      <Section title={outcome === '' ? 'Attempts that failed' : 'Visits'}>
        <Attempts
          key={outcome === '' ? 'failures' : 'visits'}
          filters={filters}
          search={search}
          catalogue={catalogue}
          empty={empty}
        />
      </Section>
    </>
  );
}

function filtersOf(tunnel: string): Filter[] {
  return [
    { name: 'who', label: 'Address or user', placeholder: '198.51.100.7 or anna' },
    { name: 'tunnel', label: 'Tunnel', options: tunnelOptions(tunnel, 'any') },
    { name: 'hours', label: 'When', options: SPANS },
    { name: 'outcome', label: 'What', options: OUTCOMES },
  ];
}
