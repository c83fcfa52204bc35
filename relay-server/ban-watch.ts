import type { RecordedEvent } from '../shared/diagnosis/record.ts';
import type { Bans } from './bans.ts';
import type { JournalReader } from './journal/journal.ts';

/** What bans follow from: logins, as visits tell of them. */
export function watchLogins(bans: Pick<Bans, 'loginFailed' | 'loginSucceeded'>): JournalReader {
  return {
    event: ({ facts }, event) => {
      const { host } = facts.client;
      if (isWrongLogin(event)) bans.loginFailed(host);
      else if (event.type === 'logged-in') bans.loginSucceeded(host);
    },
  };
}

/**
 * Whether the server took the client's name or password for wrong (530; 430 with some servers). A server that is
 * full or away refuses, too, and that is no fault of the client's.
 */
function isWrongLogin(event: RecordedEvent): boolean {
  if (event.type !== 'login-failed' && event.type !== 'reception-failed') return false;
  return event.code === 530 || event.code === 430;
}
