import type { JSX } from 'preact';
import type { SessionStory } from '../../../views/sessions.ts';
import { queryText } from '../api.ts';
import { Notice } from '../components/notice.tsx';

/** What it means that nothing was found in a visit. */
export function NoCause({ story: { live, past } }: { story: SessionStory }): JSX.Element {
  const doctor = `/doctor${queryText({ tunnel: (live ?? past)?.tunnel })}`;
  if (live !== null) {
    return <Notice mood="info">Nothing has gone wrong in this session so far.</Notice>;
  }
  if (past?.outcome === 'ok') {
    return (
      <Notice mood="good">
        <strong>This visit went well.</strong>
        <p>
          If the user says otherwise, what he means is another visit: perhaps from another address,
          or one that never reached the relay. Ask for the time and for the address he sees at a
          page that shows it, and <a href={doctor}>let the doctor look</a> whether everybody gets
          through.
        </p>
      </Notice>
    );
  }
  return (
    <Notice mood="warning">
      <strong>None of the known causes fits this visit.</strong>
      <p>
        The steps below are all that is known of it. <a href={doctor}>The doctor</a> tells whether
        the tunnel as such works; if it does, ask the user for the log of his program.
      </p>
    </Notice>
  );
}
