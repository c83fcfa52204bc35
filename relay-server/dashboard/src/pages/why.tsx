import type { JSX } from 'preact';
import type { CatalogueEntry } from '../../../views/findings.ts';
import { queryText } from '../api.ts';
import { Page } from '../components/page.tsx';
import { focusHeading } from '../focus.ts';
import { useAddressQuery } from '../query.ts';
import { useResource } from '../resource.ts';
import { SEARCH_NAMES, SearchVisits } from '../why/search.tsx';
import { Story } from '../why/story.tsx';
import '../style/why.css';

/** Who tried, how far it got, whose side failed, and the sentence to send back. */
export default function Why(): JSX.Element {
  const [{ session, ...search }, change] = useAddressQuery([...SEARCH_NAMES, 'session']);
  const catalogue = useResource<{ items: CatalogueEntry[] }>('/findings/catalogue').data?.items;
  if (session === '') {
    return (
      <Page
        title="Why can’t they connect?"
        intro="Ask about an address or a user, or pick an attempt: what happened, whose side failed, and what to answer."
      >
        <SearchVisits search={search} change={change} catalogue={catalogue} />
      </Page>
    );
  }
  return (
    <Page
      title="Why can’t they connect?"
      intro={
        <a href={`/why${queryText(search)}`} onClick={focusHeading}>
          ← Other attempts
        </a>
      }
    >
      <Story key={session} id={session} catalogue={catalogue} />
    </Page>
  );
}
